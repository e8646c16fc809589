// What the tests of the stores share: a stack, a fresh database for each test, facts to write, and ways to hurt PostgreSQL.
// It must not hold assertions.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { freePorts } from '../../lab/ports.ts';
import { startStack, type Stack } from '../../lab/stack.ts';
import { openDatabase, type Database } from '../../server/adapters/postgres/database.ts';
import type { Fence } from '../../server/adapters/postgres/fence.ts';
import { openLedger } from '../../server/adapters/postgres/ledger.ts';
import type { Ledger, LedgerEntry, Log, Meter } from '../../server/engine/ports.ts';
import type { Fact } from '../../server/protocol/facts.ts';
import type { CallView, SeatView } from '../../server/protocol/views.ts';

const nothing = (): void => undefined;
export const quiet: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
export const noMeter: Meter = { count: nothing, observe: nothing, gauge: nothing };

/** Patience for things that take moments; long only so that a busy machine fails no test. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  patienceMs = 30_000,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== null && seen !== false) return seen;
    if (performance.now() > deadline) throw new Error(`Waited ${patienceMs} ms in vain for: ${what}.`);
    await sleep(20);
  }
}

export class Stand {
  readonly stack: Stack;
  readonly folder: string;
  #databases = 0;
  readonly #opened: { close(): Promise<unknown> }[] = [];

  private constructor(stack: Stack, folder: string) {
    this.stack = stack;
    this.folder = folder;
  }

  static async start(): Promise<Stand> {
    const folder = await mkdtemp(join(tmpdir(), 'hotline-ledger-'));
    const { sip, ari, postgresPort, valkeyPort, rtp } = await freePorts();
    const siteFile = new URL('../../site/qinzhou', import.meta.url).pathname;
    const stack = await startStack({
      sip,
      ari,
      postgresPort,
      valkeyPort,
      rtp,
      stateFolder: join(folder, 'stack'),
      siteFile,
      supervise: false,
    });
    return new Stand(stack, folder);
  }

  async stop(): Promise<void> {
    for (const one of this.#opened.reverse()) await one.close().catch(nothing);
    await this.stack.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The address of a new, empty database. */
  async freshDatabase(): Promise<string> {
    this.#databases += 1;
    const name = `test_${this.#databases}`;
    const owner = new Client({ connectionString: this.stack.postgres.ownerUrl });
    await owner.connect();
    await owner.query(`create database ${name} owner hotline`);
    await owner.end();
    const url = new URL(this.stack.postgres.url);
    url.pathname = `/${name}`;
    return url.href;
  }

  stateFolder(): Promise<string> {
    return mkdtemp(join(this.folder, 'state-'));
  }

  /** Closed with the stand, unless the test closes it first. */
  database(url: string, log: Log = quiet): Database {
    const database = openDatabase(url, log);
    this.#opened.push(database);
    return database;
  }

  async ledger(url: string, folder: string, fence: Fence = fenceOf(1), log: Log = quiet): Promise<Ledger> {
    const ledger = await openLedger({ database: this.database(url), folder, fence, log, meter: noMeter });
    this.#opened.push(ledger);
    return ledger;
  }

  /** A witness's connection with a superuser's rights. */
  async superuser(url: string): Promise<Client> {
    const owner = new URL(this.stack.postgres.ownerUrl);
    owner.pathname = new URL(url).pathname;
    const client = new Client({ connectionString: owner.href });
    client.on('error', nothing);
    await client.connect();
    this.#opened.push({ close: () => client.end() });
    return client;
  }

  /** SIGKILL, as power or the kernel would. */
  async killPostgres(): Promise<void> {
    this.stack.kill('postgres', 'SIGKILL');
    await until('PostgreSQL is dead', () => this.stack.pid('postgres') === undefined);
  }

  async startPostgres(): Promise<void> {
    // The killed server's last children may hold its memory for a moment; a new one refuses to start until then.
    await until('PostgreSQL starts', () =>
      this.stack.restart('postgres').then(
        () => true,
        () => false,
      ),
    );
  }

  /** SIGSTOP or SIGCONT to every process of PostgreSQL: it accepts connections still, and answers nothing. */
  async signalPostgres(signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const parent = this.stack.pid('postgres');
    if (parent === undefined) throw new Error('PostgreSQL does not run.');
    const pids = [parent];
    for (const entry of await readdir('/proc')) {
      const status = /^\d+$/.test(entry) ? await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '') : '';
      if (Number(status.slice(status.lastIndexOf(')') + 4).split(' ')[0]) === parent)
        pids.push(Number(entry));
    }
    for (const pid of pids) process.kill(pid, signal);
  }
}

/** A lease as a test wants it; `losses` counts how often it was said to be lost. */
export function fenceOf(epoch: number, holder = `holder-${epoch}`): Fence & { readonly losses: string[] } {
  const losses: string[] = [];
  return { cell: 'test', epoch, holder, losses, lost: (reason) => losses.push(reason) };
}

export const factOf = (
  sequence: number,
  call: string | null = null,
  data: Record<string, unknown> = {},
): Fact => ({
  sequence,
  type: 'call.answered',
  time: new Date(1_790_000_000_000 + sequence * 10).toISOString(),
  call,
  platform: '12345',
  actor: 'system:engine',
  data,
});

export const callOf = (id: string, version: number, more: Partial<CallView> = {}): CallView => ({
  id,
  version,
  platform: '12345',
  phase: 'talking',
  caller: { number: '13800000001' },
  dialled: '12345',
  parties: [],
  tickets: [],
  arrivedAt: new Date(1_790_000_000_000).toISOString(),
  ...more,
});

export const seatOf = (id: string, version: number, more: Partial<SeatView> = {}): SeatView => ({
  id,
  platform: '12345',
  group: '12345',
  remote: false,
  status: 'ready',
  state: 'idle',
  since: new Date(1_790_000_000_000).toISOString(),
  queues: ['12345'],
  phone: 'registered',
  notResponding: false,
  version,
  ...more,
});

/** Writes `facts` facts at a rate; gives what each one's durability took in ms, and what was refused. */
export async function writeAtRate(
  ledger: Ledger,
  from: number,
  facts: number,
  perSecond: number,
  entry: (sequence: number) => LedgerEntry = (sequence) => ({
    facts: [factOf(sequence, `call-${sequence % 7}`)],
  }),
): Promise<{ took: number[]; refused: number }> {
  const began = performance.now();
  const waits: Promise<number | null>[] = [];
  while (waits.length < facts) {
    const due = Math.min(facts, Math.ceil(((performance.now() - began) * perSecond) / 1000));
    while (waits.length < due) {
      const sequence = from + waits.length;
      const at = performance.now();
      ledger.append(entry(sequence));
      waits.push(
        ledger.durable(sequence).then(
          () => performance.now() - at,
          () => null,
        ),
      );
    }
    await sleep(5);
  }
  const took = await Promise.all(waits);
  return { took: took.filter((one) => one !== null), refused: took.filter((one) => one === null).length };
}

/** What is wrong with the numbers in the facts table; empty when 1..last are there, once each. */
export async function gapsAndDoubles(url: string, last: number): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ count: string; least: string; most: string; backwards: string }>(
    'select count(*), min(sequence) as least, max(sequence) as most, ' +
      'count(*) filter (where time < before) as backwards from (select *, lag(time) over (order by sequence) as before from facts) as f',
  );
  await client.end();
  const expected = { count: String(last), least: '1', most: String(last), backwards: '0' };
  return JSON.stringify(rows[0]) === JSON.stringify(expected) ? '' : { found: rows[0], expected };
}
