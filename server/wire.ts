// The one place that knows every concrete part and puts them together; returns how to start and stop them.
// It must not decide anything about calls, and nothing but main.ts may import it.
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { createCallRecords } from './adapters/ari/call-records.ts';
import { createPhones } from './adapters/ari/phones.ts';
import { createTelephony } from './adapters/ari/telephony.ts';
import { createWatchdog } from './adapters/ari/watchdog.ts';
import { openAccounts } from './adapters/postgres/accounts.ts';
import { openAudit } from './adapters/postgres/audit.ts';
import { openDatabase } from './adapters/postgres/database.ts';
import { openLease } from './adapters/postgres/lease.ts';
import { openLedger } from './adapters/postgres/ledger.ts';
import { openSessions } from './adapters/postgres/sessions.ts';
import { createClock } from './adapters/system/clock.ts';
import { createLog } from './adapters/system/log.ts';
import { createMeter } from './adapters/system/meter.ts';
import { loadSite } from './adapters/system/site.ts';
import { createTimers } from './adapters/system/timers.ts';
import { openPublisher } from './adapters/valkey/publisher.ts';
import { buildApp } from './api/app.ts';
import { ensureFirstAccounts } from './api/auth/first-accounts.ts';
import type { Config } from './config.ts';
import { createFloor, floorRulesOf } from './domain/acd/floor.ts';
import { rulesOf } from './domain/call/rules.ts';
import { Engine } from './engine/engine.ts';
import type { CallRecords } from './engine/ports.ts';
import { seatsOf } from './engine/seats.ts';

const noRecords: CallRecords = { read: () => Promise.resolve([]) };

export interface Wired {
  readonly app: FastifyInstance;
  /** Resolves when calls are taken. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** @param fatal called once when this process must not act any longer (another engine took over). */
export async function wire(config: Config, fatal: (reason: string) => void): Promise<Wired> {
  const log = createLog(config.HOTLINE_LOG);
  const meter = createMeter();
  const clock = createClock();
  const timers = createTimers(clock, log);
  const site = await loadSite(config.HOTLINE_SITE);
  const spool = join(config.HOTLINE_STATE, 'spool');
  await mkdir(spool, { recursive: true, mode: 0o700 });

  const database = openDatabase(config.HOTLINE_DATABASE_URL, log);
  const lease = await openLease({ database, cell: site.id, folder: spool, log });
  log.info(
    { cell: site.id, host: hostname() },
    'Waiting for the lease of the cell (another engine may hold it).',
  );
  const epoch = await lease.acquire();
  lease.onLost(() => fatal('The lease of the cell was lost to another engine.'));
  const ledger = await openLedger({ database, folder: spool, fence: lease, log, meter });
  const sequence = await ledger.lastSequence();
  const publisher = openPublisher({
    url: config.HOTLINE_VALKEY_URL,
    cell: site.id,
    epoch,
    log,
    meter,
  });

  const accounts = openAccounts(database);
  const sessions = await openSessions({ database, file: join(config.HOTLINE_STATE, 'sessions.json'), log });
  const audit = await openAudit({
    database,
    witnessFile: join(config.HOTLINE_STATE, 'audit-head.json'),
  });
  const made = await ensureFirstAccounts(accounts, site, join(config.HOTLINE_STATE, 'accounts.json'));
  if (made.length > 0)
    log.info(
      { accounts: made.length },
      'Accounts were made; their passwords are in accounts.json of the state folder.',
    );

  const ari = {
    url: config.HOTLINE_ARI_URL,
    user: config.HOTLINE_ARI_USER,
    password: config.HOTLINE_ARI_PASSWORD,
    app: 'hotline',
    log,
    meter,
  };
  const rules = rulesOf(site);
  const lines = new Set(site.lines.map((line) => line.id));
  const telephony = createTelephony({
    ...ari,
    clock,
    targetOf: (exten) => {
      if (lines.has(exten)) return { line: exten };
      return rules.platformOfSeat(exten) === null ? null : { seat: exten };
    },
  });
  const http = `${config.HOTLINE_HTTP.host}:${config.HOTLINE_HTTP.port}`;
  const phones = createPhones({
    ...ari,
    registrar: `${config.HOTLINE_SIP.host}:${config.HOTLINE_SIP.port}`,
    publicBase: `http://${http}`,
  });
  const records =
    config.HOTLINE_CDR_FILE === undefined
      ? noRecords
      : createCallRecords({
          file: config.HOTLINE_CDR_FILE,
          placeFile: join(config.HOTLINE_STATE, 'call-records-place.json'),
          clock,
          log,
          meter,
        });
  const watchdog = createWatchdog(ari);
  const floor = createFloor(floorRulesOf(site), seatsOf(site, await ledger.seats(), clock.now()), {
    held: true,
  });
  const engine = new Engine({
    site,
    rules,
    floor,
    telephony,
    phones,
    ledger,
    publisher,
    records,
    clock,
    timers,
    log,
    meter,
    epoch,
    sequence,
  });
  const app = await buildApp({
    engine,
    accounts,
    sessions,
    audit,
    clock,
    log,
    metrics: () => meter.text(),
    consoleFolder: 'console/dist',
    sipUrl: sipOverWebSocket(config.HOTLINE_ARI_URL),
  });

  return {
    app,
    start: async () => {
      await app.listen({ host: config.HOTLINE_HTTP.host, port: config.HOTLINE_HTTP.port });
      log.info({ http }, 'HTTP is listening.');
      watchdog.start({
        alarm: (misses) => engine.alarm('alarm.asterisk-hung', { misses }),
        calm: () => engine.alarm('alarm.asterisk-back', {}),
      });
      await engine.start(() => fatal('Another engine has taken over at Asterisk.'));
    },
    stop: async () => {
      await app.close();
      await watchdog.stop();
      await engine.stop();
      await phones.close();
      await lease.release();
      await database.close();
    },
  };
}

/** Asterisk's one HTTP server also carries SIP over WebSocket, at `/ws`. */
function sipOverWebSocket(ariUrl: string): string {
  const url = new URL('/ws', ariUrl);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}
