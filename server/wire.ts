// The one place that knows every concrete part and puts them together (what speaks with Asterisk and the tickets' side in wire/);
// returns how to start and stop them. It must not decide anything about calls, and nothing but main.ts may import it.
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { openAccounts } from './adapters/postgres/accounts.ts';
import { openSecondFactors } from './adapters/postgres/second-factors.ts';
import { openAudit } from './adapters/postgres/audit.ts';
import { openDatabase } from './adapters/postgres/database.ts';
import { openLease } from './adapters/postgres/lease.ts';
import { openLedger } from './adapters/postgres/ledger.ts';
import { openSessions } from './adapters/postgres/sessions.ts';
import { openKnowledge } from './adapters/postgres/tickets/knowledge.ts';
import { openReports } from './adapters/postgres/tickets/reports.ts';
import { openExports } from './adapters/threads/exports.ts';
import { createClock } from './adapters/system/clock.ts';
import { createLimits } from './adapters/system/limits.ts';
import { createLog } from './adapters/system/log.ts';
import { createMeter } from './adapters/system/meter.ts';
import { spoken } from './adapters/system/reference.ts';
import { openSealing } from './adapters/system/sealing.ts';
import { loadSite } from './adapters/system/site.ts';
import { createTimers } from './adapters/system/timers.ts';
import { openPublisher } from './adapters/valkey/publisher.ts';
import { buildApp } from './api/app.ts';
import { ensureFirstAccounts } from './api/auth/first-accounts.ts';
import type { Config } from './config.ts';
import { createFloor, floorRulesOf } from './domain/acd/floor.ts';
import { rulesOf } from './domain/call/rules.ts';
import { Engine } from './engine/engine.ts';
import { seatsOf } from './engine/seats.ts';
import { Knowledge } from './engine/tickets/knowledge.ts';
import { wireAsterisk } from './wire/asterisk.ts';
import { wireTickets } from './wire/tickets.ts';

export interface Wired {
  readonly app: FastifyInstance;
  /** Resolves when calls are taken. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** @param fatal called once when this process must not act any longer (another engine took over). */
export async function wire(config: Config, fatal: (reason: string) => void): Promise<Wired> {
  /** With PostgreSQL away at the start calls come first; accounts are made when it is back. */
  const makeAccounts = async (): Promise<void> => {
    try {
      const made = await ensureFirstAccounts(accounts, site, join(config.HOTLINE_STATE, 'accounts.json'));
      if (made.length > 0)
        log.info(
          { accounts: made.length },
          'Accounts were made; their passwords are in accounts.json of the state folder.',
        );
    } catch (error) {
      log.warn({ error }, 'Accounts could not be looked at (is PostgreSQL away?); tried again in 5 s.');
      setTimeout(() => void makeAccounts(), 5000).unref();
    }
  };
  /** Large indexes are made beside the calls; where PostgreSQL is away, or another node is at it, it is looked at again. */
  const completeSchema = async (): Promise<void> => {
    const done = await database.complete().catch((error: unknown) => {
      log.warn(
        { error },
        'What the schema lacks could not be made; lists may be slow. Tried again in a minute.',
      );
      return false;
    });
    if (!done) setTimeout(() => void completeSchema(), 60_000).unref();
  };
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
  await makeAccounts();

  const rules = rulesOf(site);
  const asterisk = wireAsterisk({ config, site, rules, clock, log, meter });
  const floor = createFloor(floorRulesOf(site), seatsOf(site, await ledger.seats(), clock.now()), {
    held: true,
  });
  const engine = new Engine({
    site,
    rules,
    floor,
    telephony: asterisk.telephony,
    phones: asterisk.phones,
    ledger,
    publisher,
    records: asterisk.records,
    recordings: asterisk.recordings,
    sipGuesses: asterisk.sipGuesses,
    limits: createLimits({
      'state-disk': config.HOTLINE_STATE,
      'recordings-disk': config.HOTLINE_RECORDINGS,
    }),
    mediaPorts: config.HOTLINE_MEDIA_PORTS ?? null,
    clock,
    timers,
    log,
    meter,
    epoch,
    sequence,
  });
  const tickets = await wireTickets({ config, site, engine, ledger, database, clock, log, meter });
  const { office, exchange, reference } = tickets;
  const exports = openExports({
    thread: new URL('./export-thread.ts', import.meta.url),
    databaseUrl: config.HOTLINE_DATABASE_URL,
    log,
  });
  const app = await buildApp({
    engine: tickets.face,
    ...(office ? { tickets: office, exports, reports: openReports(database) } : {}),
    ...(reference ? { reference } : {}),
    knowledge: new Knowledge({ store: openKnowledge(database), clock, spoken }),
    ...(exchange ? { exchange } : {}),
    accounts,
    sessions,
    audit,
    secondFactor: {
      store: openSecondFactors(database),
      sealing: await openSealing(join(config.HOTLINE_STATE, 'second-factor.key')),
      requiredFor: site.secondFactor.requiredFor,
      issuer: site.name,
    },
    ...(asterisk.recordings ? { recordings: asterisk.recordings } : {}),
    desk: {
      offerSeconds: site.timers.offerSeconds,
      silentCall: site.silentCall,
      replaySeconds: asterisk.recordings ? site.recording.replaySeconds : 0,
    },
    clock,
    log,
    metrics: () => meter.text(),
    consoleFolder: 'console/dist',
    sipUrl: asterisk.sipUrl,
  });

  return {
    app,
    start: async () => {
      await app.listen({ host: config.HOTLINE_HTTP.host, port: config.HOTLINE_HTTP.port });
      log.info({ http: `${config.HOTLINE_HTTP.host}:${config.HOTLINE_HTTP.port}` }, 'HTTP is listening.');
      asterisk.watchdog.start({
        alarm: (misses) => engine.alarm('alarm.asterisk-hung', { misses }),
        calm: () => engine.alarm('alarm.asterisk-back', {}),
      });
      await engine.start(() => fatal('Another engine has taken over at Asterisk.'));
      office?.start();
      exchange?.start();
      void completeSchema();
    },
    stop: async () => {
      // Downloads that run would hold up the end.
      await exports.close();
      await app.close();
      await exchange?.stop();
      await office?.stop();
      reference?.close();
      await asterisk.watchdog.stop();
      await engine.stop();
      await sessions.stop();
      await audit.close();
      await asterisk.phones.close();
      await lease.release();
      await database.close();
    },
  };
}
