// The one place that knows every concrete part and puts them together; returns how to start and stop them.
// It must not decide anything about calls, and nothing but main.ts may import it.
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { createCallRecords } from './adapters/ari/call-records.ts';
import { createPhones } from './adapters/ari/phones.ts';
import { createSipGuesses } from './adapters/ari/sip-guesses.ts';
import { createTelephony } from './adapters/ari/telephony.ts';
import { createWatchdog } from './adapters/ari/watchdog.ts';
import { openAccounts } from './adapters/postgres/accounts.ts';
import { openSecondFactors } from './adapters/postgres/second-factors.ts';
import { openAudit } from './adapters/postgres/audit.ts';
import { openDatabase } from './adapters/postgres/database.ts';
import type { Database } from './adapters/postgres/database.ts';
import { openLease } from './adapters/postgres/lease.ts';
import { openLedger } from './adapters/postgres/ledger.ts';
import { openSessions } from './adapters/postgres/sessions.ts';
import { openKnowledge } from './adapters/postgres/tickets/knowledge.ts';
import { openOutbox } from './adapters/postgres/tickets/outbox.ts';
import { openReports } from './adapters/postgres/tickets/reports.ts';
import { openTicketStore } from './adapters/postgres/tickets/store.ts';
import { openBorderFolder } from './adapters/partners/folder.ts';
import { readPartners } from './adapters/partners/partners-file.ts';
import type { PartnerEntry } from './adapters/partners/partners-file.ts';
import { openWebhook } from './adapters/partners/webhook.ts';
import { openExports } from './adapters/threads/exports.ts';
import { openRecordings } from './adapters/recordings/files.ts';
import { createClock } from './adapters/system/clock.ts';
import { createLimits } from './adapters/system/limits.ts';
import { createLog } from './adapters/system/log.ts';
import { createMeter } from './adapters/system/meter.ts';
import { openReference, spoken } from './adapters/system/reference.ts';
import type { ReferenceFiles } from './adapters/system/reference.ts';
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
import type { CallRecords, Clock, Ledger, Log, Meter } from './engine/ports.ts';
import type { Site } from './protocol/site.ts';
import { seatsOf } from './engine/seats.ts';
import { CallTickets, withTickets } from './engine/tickets/call-tickets.ts';
import { Knowledge } from './engine/tickets/knowledge.ts';
import { TicketOffice } from './engine/tickets/office.ts';
import { ringInto } from './engine/tickets/rung.ts';
import { Exchange } from './exchange/exchange.ts';
import type { PartnerWay } from './exchange/exchange.ts';

const noRecords: CallRecords = { read: () => Promise.resolve([]) };

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

  const ari = {
    url: config.HOTLINE_ARI_URL,
    user: config.HOTLINE_ARI_USER,
    password: config.HOTLINE_ARI_PASSWORD,
    app: 'hotline',
    log,
    meter,
  };
  const rules = rulesOf(site);
  const lines = new Set([...site.lines, ...site.experts].map((line) => line.id));
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
  const sipGuesses =
    config.HOTLINE_SECURITY_LOG === undefined ? null : createSipGuesses(config.HOTLINE_SECURITY_LOG, meter);
  const recordings =
    config.HOTLINE_RECORDINGS === undefined
      ? null
      : openRecordings(
          config.HOTLINE_RECORDINGS,
          join(config.HOTLINE_STATE, 'recordings-open.ndjson'),
          clock,
        );
  // A hung Asterisk is known within 5 s (F6).
  const watchdog = createWatchdog({ ...ari, everyMs: 1300, timeoutMs: 1000 });
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
    recordings,
    sipGuesses,
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
  const reference = await referenceOf(config.HOTLINE_SITE, site, log);
  const partners = config.HOTLINE_PARTNERS === undefined ? [] : await readPartners(config.HOTLINE_PARTNERS);
  const desk = reference && ticketsOf({ engine, partners, ledger, database, reference, clock, log, meter });
  const exchange =
    desk && partners.length > 0
      ? new Exchange({
          cell: site.id,
          ways: await Promise.all(partners.map(wayTo)),
          outbox: openOutbox(database),
          office: desk.office,
          now: Date.now,
          chance: Math.random,
          log,
          observe: (partner, seconds, result) =>
            meter.observe('hotline_exchange_delivery_seconds', seconds, { partner, result }),
        })
      : null;
  if (exchange) engine.face.onChange(({ fact }) => fact.type.startsWith('ticket.') && exchange.soon());
  const exports = openExports({
    thread: new URL('./export-thread.ts', import.meta.url),
    databaseUrl: config.HOTLINE_DATABASE_URL,
    log,
  });
  const app = await buildApp({
    engine: desk?.face ?? engine.face,
    ...(desk ? { tickets: desk.office, exports, reports: openReports(database) } : {}),
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
    ...(recordings ? { recordings } : {}),
    desk: { silentCall: site.silentCall, replaySeconds: recordings ? site.recording.replaySeconds : 0 },
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
      desk?.office.start();
      exchange?.start();
      void completeSchema();
    },
    stop: async () => {
      // Downloads that run would hold up the end.
      await exports.close();
      await app.close();
      await exchange?.stop();
      await desk?.office.stop();
      reference?.close();
      await watchdog.stop();
      await engine.stop();
      await sessions.stop();
      await audit.close();
      await phones.close();
      await lease.release();
      await database.close();
    },
  };
}

/** Without whole reference files there are no tickets for now, but calls go on: their facts become tickets later. */
async function referenceOf(place: string, site: Site, log: Log): Promise<ReferenceFiles | null> {
  const folder = place.endsWith('.json') ? dirname(place) : place;
  const platforms = site.platforms.map(({ id }) => id);
  return openReference(folder, platforms, log).catch((error: unknown) => {
    log.error(
      { reason: error instanceof Error ? error.message : String(error) },
      'Running without tickets: put the reference files into the site folder and start again.',
    );
    return null;
  });
}

interface TicketParts {
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly database: Database;
  readonly reference: ReferenceFiles;
  readonly partners: readonly PartnerEntry[];
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

/** The tickets' office beside the engine, and the engine's face with each call's tickets on it. */
function ticketsOf({ engine, ledger, database, reference, partners, clock, log, meter }: TicketParts) {
  const { book } = reference;
  const store = openTicketStore({ database, book, subscribers: partners, now: () => clock.now() });
  const tickets = new CallTickets((calls) => store.ofCalls(calls), log);
  const office = new TicketOffice({
    store,
    book,
    clock,
    log,
    meter,
    record: ({ type, actor, call, platform, data, ticket, position, version }) =>
      engine.note(call, platform, { type, actor, data: { ...data, ticket, position, version } }),
    recorded: async () => {
      await ledger.durable(engine.face.sequence);
      const { database: state, spooled } = ledger.state();
      return state === 'up' && spooled === 0;
    },
    ring: (call, line, command, actor) => ringInto(engine.face, call, line, command, actor),
    callsChanged: (calls) => tickets.learn(calls),
  });
  engine.face.onChange(({ fact }) => office.heard(fact));
  return { office, face: withTickets(engine.face, tickets) };
}

async function wayTo(entry: PartnerEntry): Promise<PartnerWay> {
  const { id, platforms, keys, inboundKeys = keys } = entry;
  const partner = { id, platforms, keys, inboundKeys };
  if (entry.mode === 'border') {
    const { everyMs } = entry;
    const folder = await openBorderFolder(entry.folder);
    return { mode: 'border', partner, folder, ...(everyMs === undefined ? {} : { everyMs }) };
  }
  const { url, allow, inner, timeoutMs } = entry;
  return {
    mode: 'webhook',
    partner,
    ...openWebhook({ url, allow, inner, ...(timeoutMs === undefined ? {} : { timeoutMs }) }),
  };
}

/** Asterisk's one HTTP server also carries SIP over WebSocket, at `/ws`. */
function sipOverWebSocket(ariUrl: string): string {
  const url = new URL('/ws', ariUrl);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}
