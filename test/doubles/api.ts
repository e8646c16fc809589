// In-test engine and security stores for the API's unit tests: plain memory, driven by hand.
// It must never be imported by anything under server/.
import { randomBytes } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import type { FastifyInstance } from 'fastify';
import type { Answer, Change, ChangedViews, EngineFace } from '../../server/engine/face.ts';
import type { CallFilter } from '../../server/engine/ports.ts';
import type {
  Account,
  Accounts,
  Audit,
  AuditAbout,
  AuditEntry,
  AuditRow,
  NewAccount,
  Session,
  Sessions,
} from '../../server/engine/security-ports.ts';
import type { CallCommand, SeatCommand } from '../../server/protocol/commands.ts';
import type { RefusalCode } from '../../server/protocol/errors.ts';
import type { Fact } from '../../server/protocol/facts.ts';
import type {
  CallBackView,
  CallView,
  LineView,
  PlatformView,
  QueueView,
  SeatView,
} from '../../server/protocol/views.ts';
import type { Actor } from '../../server/protocol/words.ts';
import { buildApp } from '../../server/api/app.ts';
import type { ApiDeps } from '../../server/api/deps.ts';
import { hashOfToken } from '../../server/api/auth/live-sessions.ts';
import { BroadcastsDouble } from './broadcasts.ts';
import { NoticesDouble } from './notices.ts';
import { NuisanceDouble } from './nuisance.ts';
import { OverflowDouble } from './overflow.ts';

const since = '2026-11-22T02:00:00.000Z';

export function seatView(id: string, platform: string, more: Partial<SeatView> = {}): SeatView {
  return {
    id,
    platform,
    group: platform,
    remote: false,
    status: 'ready',
    state: 'idle',
    since,
    queues: [`q-${platform}`],
    phone: 'registered',
    notResponding: false,
    version: 1,
    ...more,
  };
}
export function platformView(id: string): PlatformView {
  return {
    id,
    name: id,
    queues: [`q-${id}`],
    waiting: 0,
    oldestWaitSeconds: 0,
    live: { waiting: 0, talking: 0, transferring: 0, threeWay: 0 },
    seats: { signedIn: 2, ready: 2, talking: 0, wrapUp: 0, onBreak: 0 },
    today: {
      offered: 0,
      answered: 0,
      answeredInTime: 0,
      abandoned: 0,
      shortAbandoned: 0,
      serviceLevel: null,
      serviceLevelSeconds: 15,
      answerRate: null,
      meanWaitSeconds: null,
      longestWaitSeconds: 0,
    },
  };
}
export function queueView(platform: string, more: Partial<QueueView> = {}): QueueView {
  return {
    id: `q-${platform}`,
    platform,
    name: platform,
    waiting: 0,
    oldestWaitSeconds: 0,
    seats: { signedIn: 2, ready: 2, talking: 0, wrapUp: 0 },
    calls: [],
    today: { offered: 0, answered: 0, answeredInTime: 0, abandoned: 0, shortAbandoned: 0 },
    expectedWait: null,
    ...more,
  };
}
export function callView(
  id: string,
  platform: string,
  number: string,
  seat: string | null,
  more: Partial<CallView> = {},
): CallView {
  return {
    id,
    version: 3,
    platform,
    phase: seat === null ? 'queued' : 'talking',
    caller: { number, name: '王小明' },
    dialled: platform,
    ...(seat === null ? {} : { owner: seat, firstReceiver: platform }),
    queue: `q-${platform}`,
    parties: [
      { id: `${id}-caller`, role: 'caller', state: 'up', held: false, muted: false, hears: [] },
      ...(seat === null
        ? []
        : [
            {
              id: `${id}-owner`,
              role: 'owner' as const,
              seat,
              platform,
              state: 'up' as const,
              held: false,
              muted: false,
              hears: [],
            },
          ]),
    ],
    tickets: [],
    arrivedAt: since,
    ...more,
  };
}

export interface Asked {
  readonly target: string;
  readonly id: string;
  readonly actor: Actor;
  readonly command: CallCommand | SeatCommand | { readonly name: 'prioritise'; readonly head: boolean };
}

export class EngineDouble implements EngineFace {
  readonly overflow = new OverflowDouble();
  readonly notices = new NoticesDouble();
  readonly broadcasts = new BroadcastsDouble();
  readonly nuisance = new NuisanceDouble();
  readonly live = new Map<string, CallView>();
  readonly past = new Map<string, CallView>();
  readonly seatViews = new Map<string, SeatView>();
  readonly queueViews = new Map<string, QueueView>();
  readonly facts: Fact[] = [];
  readonly asked: Asked[] = [];
  readonly owed: CallBackView[] = [];
  readonly filters: CallFilter[] = [];
  /** Set to refuse every command, or to fail inside. */
  refusal: RefusalCode | null = null;
  failure: Error | null = null;
  ready = true;
  /** Facts before this sequence are not to be had. */
  oldest = 1;
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #viewers = new Set<(views: ChangedViews) => void>();

  get sequence(): number {
    return this.facts.length;
  }
  readiness(): { readonly ready: boolean; readonly parts: Readonly<Record<string, string>> } {
    return { ready: this.ready, parts: { asterisk: this.ready ? 'up' : 'down' } };
  }
  #answer<V>(view: V | null, version: number): Answer<V> {
    if (this.failure) throw this.failure;
    if (this.refusal !== null || view === null) return { ok: false, code: this.refusal ?? 'not-found', view };
    return { ok: true, version, view, repeated: false };
  }
  commandCall(target: string, id: string, actor: Actor, command: CallCommand): Promise<Answer<CallView>> {
    this.asked.push({ target, id, actor, command });
    const view = this.live.get(target) ?? this.past.get(target) ?? null;
    return Promise.try(() => this.#answer(view, view?.version ?? 0));
  }
  commandSeat(target: string, id: string, actor: Actor, command: SeatCommand) {
    this.asked.push({ target, id, actor, command });
    const sip = {
      uri: `sip:${target}@127.0.0.1`,
      username: target,
      password: 'minted',
      wsUri: 'ws://127.0.0.1/sip',
      registrar: '127.0.0.1:5060',
    };
    return Promise.try(() => ({
      ...this.#answer(this.seatViews.get(target) ?? null, 2),
      ...(command.name === 'sign-in' && this.refusal === null ? { sip } : {}),
    }));
  }
  readonly phonesClosed: string[] = [];
  phoneClosed(seat: string): void {
    this.phonesClosed.push(seat);
  }
  prioritise(
    queue: string,
    call: string,
    id: string,
    actor: Actor,
    head: boolean,
  ): Promise<Answer<QueueView>> {
    this.asked.push({ target: call, id, actor, command: { name: 'prioritise', head } });
    return Promise.try(() => this.#answer(this.queueViews.get(queue) ?? null, 7));
  }
  liveCalls(): readonly CallView[] {
    return [...this.live.values()];
  }
  call(id: string): Promise<CallView | null> {
    if (this.failure) return Promise.reject(this.failure);
    return Promise.resolve(this.live.get(id) ?? this.past.get(id) ?? null);
  }
  calls(filter: CallFilter) {
    this.filters.push(filter);
    const all = [...this.live.values(), ...this.past.values()];
    return Promise.resolve({
      items: all.filter((view) => filter.platform === undefined || view.platform === filter.platform),
      next: null,
    });
  }
  readonly volumes: { readonly platform: string; readonly from: string; readonly to: string }[] = [];
  volume(platform: string, from: string, to: string) {
    this.volumes.push({ platform, from, to });
    return Promise.resolve([
      { slot: 40, offered: 4, answered: 3, answeredInTime: 2, abandoned: 1, borrowed: 1 },
    ]);
  }
  timeline(call: string): Promise<readonly Fact[]> {
    return Promise.resolve(this.facts.filter((fact) => fact.call === call));
  }
  seats(): readonly SeatView[] {
    return [...this.seatViews.values()];
  }
  seat(id: string): SeatView | null {
    return this.seatViews.get(id) ?? null;
  }
  queues(): readonly QueueView[] {
    return [...this.queueViews.values()];
  }
  queue(id: string): QueueView | null {
    return this.queueViews.get(id) ?? null;
  }
  platforms(): readonly PlatformView[] {
    return ['12345', '110'].map(platformView);
  }
  platform(id: string): PlatformView | null {
    return this.platforms().find((view) => view.id === id) ?? null;
  }
  lines(): readonly LineView[] {
    return [{ id: '110', name: '110', kind: 'queue', available: true }];
  }
  keptPlaces() {
    return [];
  }
  callBacks() {
    return Promise.resolve(this.owed);
  }
  callBackDone(owed: number): Promise<Answer<CallBackView>> {
    const view = this.owed.find((each) => each.id === owed);
    if (view?.done === true) return Promise.resolve({ ok: false, code: 'already-so', view });
    if (!view) return Promise.resolve({ ok: false, code: 'not-found', view: null });
    const done = { ...view, done: true };
    this.owed.splice(this.owed.indexOf(view), 1, done);
    return Promise.resolve({ ok: true, version: 1, view: done, repeated: false });
  }
  factsAfter(sequence: number, limit: number): Promise<readonly Fact[]> {
    return Promise.resolve(
      this.facts.filter((fact) => fact.sequence > sequence && fact.sequence >= this.oldest).slice(0, limit),
    );
  }
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  onViews(listener: (views: ChangedViews) => void): () => void {
    this.#viewers.add(listener);
    return () => this.#viewers.delete(listener);
  }
  /** Views changed and no fact said so. */
  show(views: ChangedViews): void {
    for (const viewer of this.#viewers) viewer(views);
  }
  /** Something happened: the next fact, with the views it changed. */
  happen(type: string, fact: Partial<Fact>, views: Omit<Change, 'fact'> = {}): Fact {
    const next: Fact = {
      sequence: this.sequence + 1,
      type,
      time: since,
      call: null,
      platform: null,
      actor: 'system:engine',
      data: {},
      ...fact,
    };
    this.facts.push(next);
    if (views.call) this.live.set(views.call.id, views.call);
    if (views.seat) this.seatViews.set(views.seat.id, views.seat);
    if (views.queue) this.queueViews.set(views.queue.id, views.queue);
    for (const listener of this.#listeners) listener({ fact: next, ...views });
    return next;
  }
}

export class AccountsDouble implements Accounts {
  readonly rows = new Map<string, Account>();
  away = false;
  async find(user: string): Promise<Account | null> {
    await this.#there();
    return this.rows.get(user) ?? null;
  }
  async create(account: NewAccount): Promise<boolean> {
    await this.#there();
    if (this.rows.has(account.user)) return false;
    this.rows.set(account.user, { ...account, failures: 0, lastFailureAt: null, createdAt: 0 });
    return true;
  }
  async list(): Promise<readonly Account[]> {
    await this.#there();
    return [...this.rows.values()];
  }
  async recordFailure(user: string, at: number): Promise<number> {
    await this.#there();
    const row = this.rows.get(user);
    if (!row) return 0;
    this.rows.set(user, { ...row, failures: row.failures + 1, lastFailureAt: at });
    return row.failures + 1;
  }
  async clearFailures(user: string): Promise<void> {
    await this.#there();
    const row = this.rows.get(user);
    if (row) this.rows.set(user, { ...row, failures: 0, lastFailureAt: null });
  }
  #there(): Promise<void> {
    return this.away ? Promise.reject(new Error('database away')) : Promise.resolve();
  }
}

export class SessionsDouble implements Sessions {
  readonly rows = new Map<string, Session>();
  away = false;
  hangs = false;
  finds = 0;
  async open(session: Session): Promise<void> {
    await this.#there();
    this.rows.set(session.tokenHash, session);
  }
  async find(tokenHash: string): Promise<Session | null> {
    this.finds += 1;
    if (this.hangs) await new Promise(() => undefined);
    await this.#there();
    return this.rows.get(tokenHash) ?? null;
  }
  async close(tokenHash: string): Promise<boolean> {
    await this.#there();
    return this.rows.delete(tokenHash);
  }
  async closeAllOf(user: string): Promise<readonly string[]> {
    await this.#there();
    const closed = [...this.rows.values()].filter((row) => row.user === user).map((row) => row.tokenHash);
    for (const tokenHash of closed) this.rows.delete(tokenHash);
    return closed;
  }
  #there(): Promise<void> {
    return this.away ? Promise.reject(new Error('database away')) : Promise.resolve();
  }
}

export class AuditDouble implements Audit {
  readonly rows: AuditRow[] = [];
  away = false;
  append(...entries: readonly AuditEntry[]): Promise<number> {
    if (this.away) return Promise.reject(new Error('database away'));
    for (const entry of entries)
      this.rows.push({ ...entry, number: this.rows.length + 1, previousHash: '0', hash: '0' });
    return Promise.resolve(this.rows.length);
  }
  verify() {
    return Promise.resolve({ ok: true as const, rows: this.rows.length, head: '0' });
  }
  list(_cursor: string | null, limit: number, about: AuditAbout = {}) {
    const asked = Object.entries(about) as [keyof AuditAbout, string][];
    const items = this.rows.toReversed().filter((row) => asked.every(([key, value]) => row[key] === value));
    return Promise.resolve({ items: items.slice(0, limit), next: null });
  }
}

export const password = 'Correct-horse-7';
const passwordHash = hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });

export interface Desk {
  readonly app: FastifyInstance;
  readonly engine: EngineDouble;
  readonly accounts: AccountsDouble;
  readonly sessions: SessionsDouble;
  readonly audit: AuditDouble;
  readonly clock: { at: number; now(): number };
  /** Every log line, as text. */
  readonly logged: string[];
  /** A session's token without the cost of a sign-in. */
  token(user: string): string;
  as(user: string): { readonly authorization: string };
}

/** Two platforms, three seats, two supervisors, an auditor, an administrator, a system client; app.close() is the test's. */
export async function openDesk(more: Partial<ApiDeps> = {}): Promise<Desk> {
  const engine = new EngineDouble();
  const accounts = new AccountsDouble();
  const sessions = new SessionsDouble();
  const audit = new AuditDouble();
  const logged: string[] = [];
  const clock = { at: Date.parse(since), now: () => clock.at };
  const people: readonly (readonly [string, Account['role'], string | null, string | null])[] = [
    ['1001', 'seat', '12345', '1001'],
    ['1002', 'seat', '12345', '1002'],
    ['3001', 'seat', '110', '3001'],
    ['sup-12345', 'supervisor', '12345', null],
    ['sup-110', 'supervisor', '110', null],
    ['audit', 'auditor', null, null],
    ['admin', 'administrator', null, null],
    ['system', 'system', null, null],
  ];
  for (const [user, role, platform, seat] of people)
    await accounts.create({ user, role, platform, seat, passwordHash: await passwordHash });
  for (const [id, platform] of [
    ['1001', '12345'],
    ['1002', '12345'],
    ['3001', '110'],
  ] as const)
    engine.seatViews.set(id, seatView(id, platform));
  for (const platform of ['12345', '110']) engine.queueViews.set(`q-${platform}`, queueView(platform));
  const write = (level: string) => (details: object, message: string) =>
    void logged.push(`${level} ${message} ${JSON.stringify(details)}`);
  const app = await buildApp({
    engine,
    accounts,
    sessions,
    audit,
    clock,
    desk: {
      silentCall: { afterSeconds: 6, keys: true, steps: ['再问一次'], decisions: [] },
      replaySeconds: 120,
    },
    metrics: () => Promise.resolve('hotline_calls 1\n'),
    log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    ...more,
  });
  const token = (user: string): string => {
    const { role, platform, seat } = accounts.rows.get(user)!;
    const made = randomBytes(32).toString('base64url');
    sessions.rows.set(hashOfToken(made), {
      tokenHash: hashOfToken(made),
      user,
      role,
      platform,
      seat,
      expiresAt: clock.at + 3_600_000,
    });
    return made;
  };
  return {
    app,
    engine,
    accounts,
    sessions,
    audit,
    clock,
    logged,
    token,
    as: (user) => ({ authorization: `Bearer ${token(user)}` }),
  };
}
