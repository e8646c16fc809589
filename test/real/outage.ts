// Ways of hurting a city and of looking at what it wrote: the server killed and started again, the ledger read by itself.
// It must not ask the server what happened: PostgreSQL, its log and the phones are the witnesses.
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import type { City } from '../../lab/city.ts';
import type { Json } from '../../lab/desk.ts';
import type { Softphone } from '../../lab/phones/softphone.ts';
import type { PartName } from '../../lab/stack.ts';

/** What the server said of its comparison with Asterisk. */
export type Compared = {
  readonly adopted: number;
  readonly kept: number;
  readonly lost: number;
  readonly arrived: number;
  readonly swept: number;
  readonly ms: number;
};
export type Restarted = Compared & { readonly readyMs: number };
export type StoredFact = {
  readonly sequence: number;
  readonly type: string;
  readonly time: Date;
  readonly data: Json;
};
export type StoredCall = {
  readonly id: string;
  readonly live: boolean;
  readonly view: Json;
  readonly facts: readonly StoredFact[];
};

export class Outage {
  readonly city: City;
  constructor(city: City) {
    this.city = city;
  }

  /** `kill -9`; resolves when the process is gone. */
  async killServer(): Promise<void> {
    const { server } = this.city;
    server.kill('SIGKILL');
    await this.city.until('the server process is gone', () => server.pid === undefined);
  }
  async startServer(): Promise<Restarted> {
    const before = (await this.comparisons()).length;
    const began = performance.now();
    await this.city.server.start();
    const readyMs = Math.round(performance.now() - began);
    const compared = (await this.comparisons())[before];
    if (!compared)
      throw new Error(`The server is ready and has compared nothing: read ${this.city.server.logFile}.`);
    return { ...compared, readyMs };
  }
  /** How often the server's log has said so. */
  async told(words: string): Promise<number> {
    return (await readFile(this.city.server.logFile, 'utf8')).split(words).length - 1;
  }
  /** Every comparison the server's log tells of, oldest first. */
  async comparisons(): Promise<readonly Compared[]> {
    const lines = (await readFile(this.city.server.logFile, 'utf8')).split('\n');
    return lines
      .filter((line) => line.includes('Compared with Asterisk'))
      .map((line) => JSON.parse(line) as Compared);
  }

  /** `kill -9`, whatever supervises it. */
  async kill(part: PartName): Promise<void> {
    const { stack } = this.city;
    const pid = stack.pid(part);
    stack.kill(part, 'SIGKILL');
    await this.city.until(`${part} is gone`, () => stack.pid(part) !== pid);
  }

  /** Writes over the state a call left on its caller's channel, as another version of the server might have. */
  async spoil(channel: string, state: string): Promise<void> {
    const { url, user, password } = this.city.stack.ari;
    const response = await fetch(`${url}/channels/${encodeURIComponent(channel)}/variable`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ variable: 'HOTLINE_STATE', value: state }),
    });
    if (!response.ok) throw new Error(`The state of ${channel} could not be written: ${response.status}.`);
  }

  async query<R extends pg.QueryResultRow>(
    sql: string,
    values: readonly unknown[] = [],
  ): Promise<readonly R[]> {
    const client = new pg.Client({ connectionString: this.city.stack.postgres.ownerUrl });
    await client.connect();
    try {
      return (await client.query<R>(sql, [...values])).rows;
    } finally {
      await client.end();
    }
  }

  /** Calls of a number as the ledger has them, oldest first, each with its facts. */
  async calls(number: string): Promise<readonly StoredCall[]> {
    const calls = await this.query<{ id: string; live: boolean; view: Json }>(
      'select id, live, view from calls where number = $1 order by arrived_at',
      [number],
    );
    const facts = await this.query<StoredFact & { call: string }>(
      'select sequence::int, type, time, call, data from facts where call = any($1) order by sequence',
      [calls.map(({ id }) => id)],
    );
    return calls.map((call) => ({ ...call, facts: facts.filter((fact) => fact.call === call.id) }));
  }
  /** The one call of a number, when the ledger has its end. */
  async ended(number: string, withinMs = 15_000): Promise<StoredCall> {
    let seen: readonly StoredCall[] = [];
    await this.city.until(
      `the end of ${number}'s call is in the ledger`,
      async () => {
        seen = await this.calls(number);
        return seen.length > 0 && seen.every(({ live }) => !live);
      },
      withinMs,
    );
    const [only, ...more] = seen;
    if (!only || more.length > 0)
      throw new Error(`${number} has ${seen.length} calls in the ledger, not one.`);
    return only;
  }
  /** CL7: every fact once, none left out. Null, or what is wrong. */
  async sequenceFault(): Promise<string | null> {
    const [row] = await this.query<{ facts: number; span: number; turned: number }>(
      `select count(*)::int as facts, (max(sequence) - min(sequence) + 1)::int as span,
              (select count(*)::int from (select time < lag(time) over (order by sequence) as back from facts) t where back) as turned
         from facts`,
    );
    if (!row || row.facts !== row.span) return `${row?.facts ?? 0} facts over ${row?.span ?? 0} numbers`;
    return row.turned > 0 ? `${row.turned} facts are older than the one before them` : null;
  }
}

/** How often this phone was rung. */
export const rings = (phone: Softphone): number =>
  phone.events.filter((event) => event.type === 'CALL_INCOMING').length;
/** When a call first reached it after that time, ms since the epoch: a phone that answers by itself does not say that it rang. */
export const reachedAt = (phone: Softphone, after: number): number =>
  phone.events.find(({ type, at }) => type.startsWith('CALL_') && at >= after)?.at ?? Number.NaN;

export const counts = (facts: readonly { readonly type: string }[], type: string): number =>
  facts.filter((fact) => fact.type === type).length;
