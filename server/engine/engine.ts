// The engine: owns the machines, connects them to the ports, answers the HTTP surface. One active engine a cell.
// It must not know products or rules of calls; it orders what happens at start, at reconnection and at the end.
import type { Floor, QueueState } from '../domain/acd/messages.ts';
import type { CallCommand, SeatCommand } from '../protocol/commands.ts';
import type { Fact } from '../protocol/facts.ts';
import type { Site } from '../protocol/site.ts';
import type { CallView, LineView, QueueView, SeatView } from '../protocol/views.ts';
import type { SipAccount } from '../protocol/session.ts';
import type { Actor, CallId, Platform, QueueId, SeatId } from '../protocol/words.ts';
import type { CallInput } from '../domain/call/inputs.ts';
import type { CallRules } from '../domain/call/rules.ts';
import { overflowRulesOf } from '../domain/overflow/rules.ts';
import type { NewFact } from '../domain/decision.ts';
import { ENGINE } from '../domain/call/step.ts';
import { CallBackDesk } from './call-back-desk.ts';
import { gravestFirst } from './call-back-order.ts';
import { Dispatcher } from './dispatcher.ts';
import type { Answer, Change, ChangedViews, EngineFace } from './face.ts';
import { EndedCalls } from './ended-calls.ts';
import { releaseCall } from './force-release.ts';
import { wrapUpGap } from './gap-seats.ts';
import { LostPhones } from './lost-phones.ts';
import { MediaWatch } from './media-watch.ts';
import { NoticeDesk } from './notices.ts';
import { NuisanceDesk } from './nuisance.ts';
import { OverflowDesk } from './overflow.ts';
import { PhoneWatch } from './phone-watch.ts';
import type {
  CallFilter,
  CallRecords,
  Clock,
  Found,
  Ledger,
  Log,
  Meter,
  Phones,
  Publisher,
  RecordingFiles,
  Telephony,
  TelephonyEvent,
  Timers,
} from './ports.ts';
import { Recorder } from './recorder.ts';
import { Recordings } from './recordings.ts';
import { recover } from './recovery.ts';
import { SeatPhones } from './seat-phones.ts';
import { closeOpen, openAndGone, takeRecords } from './survival-records.ts';
import { phoneRefused } from './supervising.ts';
import { Survivors } from './survivors.ts';
import { callView, seatView } from './views.ts';

export interface EngineParts {
  readonly site: Site;
  readonly rules: CallRules;
  readonly floor: Floor;
  readonly telephony: Telephony;
  readonly phones: Phones;
  readonly ledger: Ledger;
  readonly publisher: Publisher;
  readonly records: CallRecords;
  /** Null: recordings are neither checked nor kept in order by this engine. */
  readonly recordings: RecordingFiles | null;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly meter: Meter;
  readonly epoch: number;
  /** Number of the last fact ever written in this cell. */
  readonly sequence: number;
}

const queuesEveryMs = 200;
const recordsEveryMs = 5000;
/** Longer than a call's record takes to be complete (call-records.ts). */
const recordsSettleMs = 1500;

export class Engine implements EngineFace {
  private readonly parts: EngineParts;
  private readonly recorder: Recorder;
  private readonly dispatcher: Dispatcher;
  private readonly seatPhones: SeatPhones;
  private readonly endedCalls: EndedCalls;
  private readonly phoneWatch: PhoneWatch;
  private readonly lostPhones: LostPhones;
  private readonly mediaWatch: MediaWatch | null;
  private readonly recordings: Recordings | null;
  readonly overflow: OverflowDesk;
  readonly notices: NoticeDesk;
  readonly nuisance: NuisanceDesk;
  private readonly callBackDesk: CallBackDesk;
  /** Inputs that arrive while comparing wait here, so that the comparison never undoes what is newer. */
  private held: { call: CallId; input: CallInput }[] | null = [];
  private startedAt: string | null = null;
  private state: 'connecting' | 'comparing' | 'ready' | 'replaced' | 'stopped' = 'connecting';
  private comparing: Promise<void> = Promise.resolve();
  private readonly survivors: Survivors;
  private recordsTimer: NodeJS.Timeout | null = null;
  private onReplaced: () => void = () => undefined;

  constructor(parts: EngineParts) {
    this.parts = parts;
    this.recorder = new Recorder({
      ledger: parts.ledger,
      publisher: parts.publisher,
      log: parts.log,
      sequence: parts.sequence,
    });
    this.dispatcher = new Dispatcher({
      ...parts,
      recorder: this.recorder,
      follow: (call) => {
        this.mediaWatch?.follow(call);
        this.recordings?.follow(call);
      },
      abandoned: (call, caller) => this.survivors.strayed(call, caller),
      known: (input) => this.known(input),
      strange: (call, input) => this.callBackDesk.told(call, input),
      queueChanged: (queue) => this.queueChanged(queue),
    });
    const shared = { ...parts, dispatcher: this.dispatcher };
    this.seatPhones = new SeatPhones({
      ...shared,
      contactOf: (seat) => contactOf(parts.site, seat),
      replaced: (seat) => this.lostPhones.replaced(seat),
    });
    this.survivors = new Survivors(shared);
    this.endedCalls = new EndedCalls({
      ...shared,
      recorder: this.recorder,
      platforms: parts.rules.platforms,
    });
    this.recordings =
      parts.recordings &&
      new Recordings({
        ...shared,
        files: parts.recordings,
        keepDays: parts.site.recording.keepDays,
        alive: (call) => this.dispatcher.calls.has(call) || this.survivors.has(call),
        note: async (call, platform, fact) => {
          this.note(call, platform, fact);
          await parts.ledger.durable(this.recorder.sequence);
        },
      });
    this.phoneWatch = new PhoneWatch(shared);
    this.lostPhones = new LostPhones({ ...shared, phoneWatch: this.phoneWatch });
    this.mediaWatch = parts.site.mediaWatch ? new MediaWatch(shared) : null;
    this.notices = new NoticeDesk({
      ...shared,
      chaseSeconds: parts.site.notices.chaseSeconds,
      recorder: this.recorder,
      stored: (view, repeated) => this.stored(view, repeated),
    });
    this.nuisance = new NuisanceDesk({
      ...shared,
      rules: parts.site.nuisance,
      recorder: this.recorder,
      stored: (view, repeated) => this.stored(view, repeated),
    });
    this.callBackDesk = new CallBackDesk({
      ...shared,
      recorder: this.recorder,
      ready: () => this.state === 'ready',
    });
    this.overflow = new OverflowDesk({
      ...shared,
      rules: overflowRulesOf(parts.site),
      recorder: this.recorder,
      ready: () => this.state === 'ready',
      stored: (view, repeated) => this.stored(view, repeated),
    });
  }

  /** Connects and compares; resolves when calls are being taken. `replaced`: another engine took over; stop the process. */
  async start(replaced: () => void): Promise<void> {
    this.onReplaced = replaced;
    this.parts.publisher.onReconnect(() => this.rebuildViews());
    const ready = new Promise<void>((resolve) => (this.whenReady = resolve));
    await Promise.all([
      this.overflow.restore(),
      this.notices.restore(),
      this.nuisance.restore(),
      this.callBackDesk.restore(),
    ]);
    await this.parts.telephony.start((event) => this.heard(event));
    await ready;
    this.phoneWatch.start();
    this.recordings?.start();
    this.overflow.start();
    this.callBackDesk.start();
    const readRecords = () => {
      this.recordsTimer = setTimeout(() => void this.takeRecords().finally(readRecords), recordsEveryMs);
      this.recordsTimer.unref();
    };
    readRecords();
  }
  private whenReady: () => void = () => undefined;

  /** Calls go on in Asterisk; they are found again by the next start. */
  async stop(): Promise<void> {
    this.state = 'stopped';
    this.phoneWatch.stop();
    this.overflow.stop();
    this.notices.stop();
    this.nuisance.stop();
    this.callBackDesk.stop();
    if (this.recordsTimer) clearTimeout(this.recordsTimer);
    await this.parts.telephony.stop();
    await this.recordings?.stop();
    await this.parts.ledger.close();
    await this.parts.publisher.close();
  }

  private heard(event: TelephonyEvent): void {
    switch (event.type) {
      case 'input':
        if (event.input.type === 'leg-ended') this.survivors.ended(event.call, event.input.leg);
        if (this.held) this.held.push(event);
        else this.input(event.call, event.input);
        return;
      case 'strayed':
        this.survivors.strayed(event.call, event.leg);
        return;
      case 'recorded':
        this.recordings?.recorded(event.name, event.at);
        return;
      case 'gone':
        this.comparing = this.comparing.then(() => this.lostAll());
        return;
      case 'connected':
        this.held ??= [];
        this.state = 'comparing';
        this.comparing = this.comparing.then(() => this.compare());
        return;
      case 'disconnected':
        if (this.state !== 'stopped') this.state = 'connecting';
        this.parts.log.warn(
          { reason: event.reason },
          'Asterisk is away; calls that are up go on, new ones go to the static seats.',
        );
        return;
      case 'replaced':
        this.state = 'replaced';
        this.parts.log.error({}, 'Another engine has taken over at Asterisk; this one stops acting.');
        this.onReplaced();
    }
  }

  private input(call: CallId, input: CallInput): void {
    if (input.type === 'arrived' && this.survivors.back(input)) return;
    this.dispatcher.call(call, input);
  }

  private known(input: CallInput): CallInput {
    if (input.type !== 'arrived') return input;
    const platform = this.parts.rules.platformOfNumber(input.dialled)?.id;
    const last = platform !== undefined && this.nuisance.ranksLast(platform, input.number);
    return last ? { ...input, nuisance: true } : input;
  }

  /** SV5: the telephone system died with every call in it; callers are owed a call whether or not it comes back. */
  private async lostAll(): Promise<void> {
    if (this.parts.telephony.connected) return;
    const nothing: Found = { startedAt: '', legs: [], bridges: [] };
    this.survivors.found(nothing);
    const lost = await recover({ ...this.parts, dispatcher: this.dispatcher, restarted: true }, nothing);
    this.alarm('alarm.asterisk-gone', { calls: lost.kept });
  }

  private async compare(): Promise<void> {
    try {
      await this.tryCompare();
    } catch (error) {
      this.parts.log.warn({ error }, 'Asterisk could not be compared; tried again in a second.');
      setTimeout(() => {
        this.comparing = this.comparing.then(() => this.compare());
      }, 1000).unref();
    }
  }

  private async tryCompare(): Promise<void> {
    const { telephony, log, clock } = this.parts;
    // Gone again meanwhile: the next connection compares.
    if (!telephony.connected) return;
    const begun = performance.now();
    const found = await telephony.look();
    const first = this.startedAt === null;
    const restarted = !first && this.startedAt !== found.startedAt;
    this.startedAt = found.startedAt;
    this.survivors.found(found);
    const recovered = await recover({ ...this.parts, dispatcher: this.dispatcher, restarted }, found);
    if (first) await wrapUpGap({ ...this.parts, dispatcher: this.dispatcher });
    this.dispatcher.floor({ type: 'open', at: clock.now() });
    const held = this.held ?? [];
    this.held = null;
    for (const { call, input } of held) this.input(call, input);
    this.state = 'ready';
    log.info(
      { ...recovered, restarted, ms: Math.round(performance.now() - begun) },
      'Compared with Asterisk; taking calls.',
    );
    if (restarted) await this.provisionAnew();
    await this.phoneWatch.look();
    this.whenReady();
    this.recordings?.settle();
    const gone = await openAndGone(this.survival());
    await this.takeRecords();
    setTimeout(() => void this.closeBooks(gone), recordsSettleMs).unref();
  }

  /** Calls that ended in the gap: first what Asterisk's records know, then what nobody knows. */
  private async closeBooks(gone: ReadonlySet<CallId>): Promise<void> {
    await this.takeRecords();
    if (this.state !== 'ready') return;
    await closeOpen(this.survival(), gone).catch((error: unknown) =>
      this.parts.log.warn({ error }, 'Open calls could not be closed now; done at the next comparison.'),
    );
  }

  /** Asterisk is new: seats' phones must register again with what they have (astdb keeps it); what is lost is set up anew. */
  private async provisionAnew(): Promise<void> {
    this.phoneWatch.forget();
    const signedIn = new Set(
      this.parts.floor
        .seats()
        .filter((seat) => seat.status !== 'offline')
        .map((seat) => seat.id),
    );
    await this.seatPhones
      .sweep(
        signedIn,
        this.parts.floor.seats().map((seat) => seat.id),
      )
      .catch((error: unknown) =>
        this.parts.log.warn({ error }, 'Secrets of signed-out seats could not be swept.'),
      );
  }

  private survival() {
    return {
      ...this.parts,
      recorder: this.recorder,
      alive: (call: string) => this.dispatcher.calls.has(call) || this.survivors.has(call),
    };
  }
  /** One reading after another: two at once would write the same end twice. */
  private takeRecords(): Promise<void> {
    this.reading = this.reading.then(async () => {
      if (this.state === 'ready') await takeRecords(this.survival());
    });
    this.reading = this.reading.catch((error: unknown) =>
      this.parts.log.warn({ error }, 'Call records could not be read now; read again in 5 s.'),
    );
    return this.reading;
  }
  private reading: Promise<void> = Promise.resolve();

  /** Something about the house itself that people must see: a fact like any other. */
  alarm(type: string, data: Readonly<Record<string, unknown>>): void {
    this.recorder.record(
      { at: this.parts.clock.now(), call: null, platform: null, facts: [{ type, actor: ENGINE, data }] },
      {},
    );
  }

  /** A fact of another room of this house (tickets), numbered among the others; its live call is shown with it. */
  note(call: CallId | null, platform: Platform | null, fact: NewFact): void {
    const view = call === null ? null : this.liveCall(call);
    this.recorder.record(
      { at: this.parts.clock.now(), call, platform, facts: [fact] },
      view && view.phase !== 'ended' && view.phase !== 'ending' ? { call: view } : {},
    );
  }

  readiness() {
    const ledger = this.parts.ledger.state();
    return {
      ready: this.state === 'ready',
      parts: {
        engine: this.state,
        asterisk: this.parts.telephony.connected ? 'up' : 'down',
        database: ledger.database,
        spooled: String(ledger.spooled),
        valkey: this.parts.publisher.state(),
        calls: String(this.dispatcher.calls.size),
      },
    };
  }

  async commandCall(id: CallId, command: string, actor: Actor, body: CallCommand): Promise<Answer<CallView>> {
    if (!this.dispatcher.calls.has(id)) {
      const view = await this.parts.ledger.call(id);
      if (!view) return { ok: false, code: 'not-found', view };
      const noted = this.endedCalls.note(view, command, actor, body);
      return noted.ok ? this.stored(noted.view, noted.repeated) : { ok: false, code: noted.code, view };
    }
    if (this.state !== 'ready' && body.name !== 'tag')
      return { ok: false, code: 'not-ready', view: this.liveCall(id) };
    const noPhone = phoneRefused(this.parts.floor, this.dispatcher.calls.get(id), command, actor, body);
    if (noPhone) return { ok: false, code: noPhone, field: 'seat', view: this.liveCall(id) };
    const stepped = this.dispatcher.call(id, {
      type: 'command',
      id: command,
      actor,
      command: body,
      at: this.parts.clock.now(),
    });
    const view = this.liveCall(id) ?? (await this.parts.ledger.call(id));
    if (!stepped.ok)
      return {
        ok: false,
        code: stepped.code,
        ...(stepped.field === undefined ? {} : { field: stepped.field }),
        view,
      };
    return this.stored(view, stepped.repeated);
  }

  async commandSeat(
    id: SeatId,
    command: string,
    actor: Actor,
    body: SeatCommand,
  ): Promise<Answer<SeatView> & { readonly sip?: SipAccount }> {
    if (!this.parts.floor.seat(id)) return { ok: false, code: 'not-found', view: null };
    if (body.name === 'force' && body.body.action === 'release') {
      const released = releaseCall({ ...this.parts, dispatcher: this.dispatcher }, id, command, actor);
      if (!released.ok) return { ok: false, code: released.code, view: this.seat(id) };
    }
    const stepped: Awaited<ReturnType<SeatPhones['signIn']>> =
      body.name === 'sign-in'
        ? await this.seatPhones.signIn(id, command, actor, body)
        : this.dispatcher.floor({
            type: 'command',
            id: command,
            actor,
            seat: id,
            command: body,
            at: this.parts.clock.now(),
          });
    if (stepped.ok && this.parts.floor.seat(id)?.status === 'offline') await this.seatPhones.signedOut(id);
    const view = this.seat(id);
    if (!stepped.ok)
      return {
        ok: false,
        code: stepped.code,
        ...(stepped.field === undefined ? {} : { field: stepped.field }),
        view,
      };
    const answer = await this.stored(view, stepped.repeated);
    return stepped.sip ? { ...answer, sip: stepped.sip } : answer;
  }

  phoneClosed(seat: SeatId): void {
    if (this.state === 'ready') void this.lostPhones.closed(seat);
  }

  async prioritise(
    queue: QueueId,
    call: CallId,
    id: string,
    actor: Actor,
    head: boolean,
  ): Promise<Answer<QueueView>> {
    const stepped = this.dispatcher.floor({
      type: 'prioritise',
      id,
      actor,
      queue,
      call,
      head,
      at: this.parts.clock.now(),
    });
    if (!stepped.ok) return { ok: false, code: stepped.code, view: this.queue(queue) };
    const answered = await this.stored(this.queue(queue), stepped.repeated);
    return answered;
  }

  /** SV8: acknowledged only when the facts are on disk. */
  private async stored<V extends object>(view: V | null, repeated: boolean): Promise<Answer<V>> {
    if (view === null) return { ok: false, code: 'not-found', view: null };
    try {
      await this.parts.ledger.durable(this.recorder.sequence);
    } catch (error) {
      this.parts.log.error(
        { error },
        'A command was carried out but could not be written down; it is not acknowledged.',
      );
      return { ok: false, code: 'not-stored', view };
    }
    const version =
      'version' in view && typeof view.version === 'number' ? view.version : this.recorder.sequence;
    return { ok: true, version, view, repeated };
  }

  private liveCall(id: CallId): CallView | null {
    const call = this.dispatcher.calls.get(id);
    if (!call) return null;
    return callView(
      call,
      call.phase.name === 'ending' ? { at: call.phase.at, reason: call.phase.reason } : null,
    );
  }
  liveCalls(): readonly CallView[] {
    return [...this.dispatcher.calls.values()]
      .filter((call) => call.phase.name !== 'ending')
      .map((call) => callView(call, null));
  }
  async call(id: CallId): Promise<CallView | null> {
    return this.liveCall(id) ?? (await this.parts.ledger.call(id));
  }
  calls(filter: CallFilter) {
    return this.parts.ledger.calls(filter);
  }
  timeline(call: CallId): Promise<readonly Fact[]> {
    return this.parts.ledger.timeline(call);
  }
  seats(): readonly SeatView[] {
    return this.parts.floor.seats().map(seatView);
  }
  seat(id: SeatId): SeatView | null {
    const seat = this.parts.floor.seat(id);
    return seat ? seatView(seat) : null;
  }
  queues(): readonly QueueView[] {
    return this.parts.floor.queues().map((queue) => this.queueView(queue));
  }
  queue(id: QueueId): QueueView | null {
    const queue = this.parts.floor.queue(id);
    return queue ? this.queueView(queue) : null;
  }
  lines(): readonly LineView[] {
    return this.parts.site.lines.map((line) => ({
      id: line.id,
      name: line.name,
      kind: 'queue' in line.route ? 'queue' : 'trunk',
      available: true,
    }));
  }
  /** Open ones first, in the order in which they are to be called (SV5). */
  async callBacks() {
    const owed = await this.parts.ledger.callBacks();
    return owed.toSorted((a, b) => Number(a.done) - Number(b.done) || gravestFirst(a, b));
  }
  keptPlaces(platform: Platform | null) {
    return this.callBackDesk.list(platform);
  }
  get sequence(): number {
    return this.recorder.sequence;
  }
  factsAfter(sequence: number, limit: number): Promise<readonly Fact[]> {
    return this.recorder.factsAfter(sequence, limit);
  }
  onChange(listener: (change: Change) => void): () => void {
    return this.recorder.onChange(listener);
  }

  onViews(listener: (views: ChangedViews) => void): () => void {
    return this.recorder.onViews(listener);
  }

  /** Figures change many times in one busy second; screens are told a few times. */
  private queueChanged(queue: QueueId): void {
    this.changedQueues.add(queue);
    if (this.changedQueues.size > 1) return;
    setTimeout(() => {
      const ids = [...this.changedQueues];
      this.changedQueues.clear();
      for (const id of ids) {
        const view = this.queue(id);
        if (view) this.recorder.show({ queue: view });
      }
    }, queuesEveryMs).unref();
  }
  private readonly changedQueues = new Set<QueueId>();

  private rebuildViews(): void {
    this.parts.publisher.rebuild(this.liveCalls(), this.seats(), this.queues());
  }

  private queueView(queue: QueueState): QueueView {
    const now = this.parts.clock.now();
    return {
      id: queue.id,
      platform: queue.platform,
      name: queue.name,
      waiting: queue.waiting,
      oldestWaitSeconds: queue.oldest === null ? 0 : Math.max(0, (now - queue.oldest) / 1000),
      seats: {
        signedIn: queue.seats.signedIn,
        ready: queue.seats.available,
        talking: queue.seats.talking,
        wrapUp: queue.seats.wrapUp,
      },
      calls: queue.calls.map((waiting) => ({
        call: waiting.call,
        place: waiting.place,
        since: new Date(waiting.since).toISOString(),
      })),
      today: {
        offered: queue.today.offered,
        answered: queue.today.answered,
        answeredInTime: queue.today.answeredInTime,
        abandoned: queue.today.abandoned,
      },
    };
  }
}

function contactOf(site: Site, seat: SeatId): string | null {
  const number = Number(seat);
  const group = site.seatGroups.find((each) => number >= each.from && number <= each.to);
  return group?.contact?.replace('{seat}', seat) ?? null;
}
