// The engine: owns the machines, connects them to the ports, answers the HTTP surface. One active engine a cell.
// It must not know products or rules of calls; it orders what happens at start, at reconnection and at the end.
import type { Floor } from '../domain/acd/messages.ts';
import type { Site } from '../protocol/site.ts';
import type { CallId, Platform, SeatId } from '../protocol/words.ts';
import type { CallInput } from '../domain/call/inputs.ts';
import type { CallRules } from '../domain/call/rules.ts';
import type { NewFact } from '../domain/decision.ts';
import { ENGINE } from '../domain/call/step.ts';
import { Books } from './books.ts';
import { Commands } from './commands.ts';
import { Comparison } from './comparison.ts';
import { Desks } from './desks.ts';
import { Dispatcher } from './dispatcher.ts';
import type { EngineFace } from './face.ts';
import { Guard } from './guard.ts';
import { EndedCalls } from './ended-calls.ts';
import { LimitWatch } from './limit-watch.ts';
import { LostPhones } from './lost-phones.ts';
import { MediaWatch } from './media-watch.ts';
import { openFace } from './open-face.ts';
import { PhoneWatch } from './phone-watch.ts';
import type {
  CallRecords,
  Clock,
  Ledger,
  Log,
  Meter,
  Phones,
  Publisher,
  RecordingFiles,
  Limits,
  SipGuesses,
  Telephony,
  TelephonyEvent,
  Timers,
} from './ports.ts';
import { Readings } from './readings.ts';
import { Recorder } from './recorder.ts';
import { Recordings } from './recordings.ts';
import { SeatPhones } from './seat-phones.ts';
import { Survivors } from './survivors.ts';
import { TalksBefore } from './talks-before.ts';

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
  /** Null: guesses at phones' secrets go unnoticed here. */
  readonly sipGuesses: SipGuesses | null;
  readonly limits: Limits;
  /** That Asterisk has for sound; null: not known. */
  readonly mediaPorts: number | null;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly meter: Meter;
  readonly epoch: number;
  /** Number of the last fact ever written in this cell. */
  readonly sequence: number;
}

export class Engine {
  readonly face: EngineFace;
  private readonly parts: EngineParts;
  private readonly recorder: Recorder;
  private readonly dispatcher: Dispatcher;
  private readonly seatPhones: SeatPhones;
  private readonly phoneWatch: PhoneWatch;
  private readonly lostPhones: LostPhones;
  private readonly mediaWatch: MediaWatch | null;
  private readonly recordings: Recordings | null;
  private readonly desks: Desks;
  private readonly survivors: Survivors;
  private readonly comparison: Comparison;
  private readonly books: Books;
  private readonly guard: Guard;
  private readonly limitWatch: LimitWatch;
  private readonly talksBefore: TalksBefore;
  private readonly readings: Readings;
  private readonly commands: Commands;
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
      strange: (call, input) => this.desks.callBacks.told(call, input),
      queueChanged: (queue) => this.readings.queueChanged(queue),
    });
    const ready = () => this.comparison.ready;
    const shared = { ...parts, dispatcher: this.dispatcher, recorder: this.recorder, ready };
    this.readings = new Readings(shared);
    this.seatPhones = new SeatPhones({
      ...shared,
      contactOf: (seat) => contactOf(parts.site, seat),
      replaced: (seat) => this.lostPhones.replaced(seat),
    });
    this.survivors = new Survivors(shared);
    const alive = (call: CallId) => this.alive(call);
    this.comparison = new Comparison({
      ...shared,
      survivors: this.survivors,
      take: (call, input) => this.take(call, input),
      compared: (restarted) => this.compared(restarted),
      allLost: (calls) => this.alarm('alarm.asterisk-gone', { calls }),
    });
    this.books = new Books({ ...shared, alive });
    this.guard = new Guard({ ...shared, rules: parts.site.guard });
    this.limitWatch = new LimitWatch(shared);
    this.talksBefore = new TalksBefore({ ...shared, withinSeconds: parts.site.personal.withinSeconds });
    const endedCalls = new EndedCalls({ ...shared, platforms: parts.rules.platforms });
    this.commands = new Commands({
      ...shared,
      readings: this.readings,
      endedCalls,
      seatPhones: this.seatPhones,
    });
    const stored: Commands['stored'] = (view, repeated) => this.commands.stored(view, repeated);
    this.recordings =
      parts.recordings &&
      new Recordings({
        ...shared,
        files: parts.recordings,
        keepDays: parts.site.recording.keepDays,
        alive,
        note: async (call, platform, fact) => {
          this.note(call, platform, fact);
          await parts.ledger.durable(this.recorder.sequence);
        },
      });
    this.phoneWatch = new PhoneWatch(shared);
    this.lostPhones = new LostPhones({ ...shared, phoneWatch: this.phoneWatch });
    this.mediaWatch = parts.site.mediaWatch ? new MediaWatch(shared) : null;
    this.desks = new Desks({ ...shared, stored });
    this.face = openFace({
      ...shared,
      comparison: this.comparison,
      commands: this.commands,
      readings: this.readings,
      lostPhones: this.lostPhones,
      desks: this.desks,
    });
  }

  /** Connects and compares; resolves when calls are being taken. `replaced`: another engine took over; stop the process. */
  async start(replaced: () => void): Promise<void> {
    this.onReplaced = replaced;
    const { publisher } = this.parts;
    publisher.onReconnect(() => publisher.rebuild(...this.readings.all()));
    const ready = new Promise<void>((resolve) => (this.whenReady = resolve));
    await this.desks.restore();
    await this.parts.telephony.start((event) => this.heard(event));
    await ready;
    this.phoneWatch.start();
    this.recordings?.start();
    this.desks.start();
    this.books.start();
    this.guard.start();
    this.limitWatch.start();
  }
  private whenReady: () => void = () => undefined;

  /** Calls go on in Asterisk; they are found again by the next start. */
  async stop(): Promise<void> {
    this.comparison.end('stopped');
    this.phoneWatch.stop();
    this.desks.stop();
    this.books.stop();
    this.talksBefore.stop();
    this.guard.stop();
    this.limitWatch.stop();
    await this.parts.telephony.stop();
    await this.recordings?.stop();
    await this.parts.ledger.close();
    await this.parts.publisher.close();
  }

  private heard(event: TelephonyEvent): void {
    switch (event.type) {
      case 'input':
        if (event.input.type === 'leg-ended') this.survivors.ended(event.call, event.input.leg);
        this.comparison.input(event.call, event.input);
        return;
      case 'strayed':
        this.survivors.strayed(event.call, event.leg);
        return;
      case 'recorded':
        this.recordings?.recorded(event.name, event.at);
        return;
      case 'gone':
        this.comparison.gone();
        return;
      case 'connected':
        this.comparison.connected();
        return;
      case 'disconnected':
        this.comparison.disconnected();
        this.parts.log.warn(
          { reason: event.reason },
          'Asterisk is away; calls that are up go on, new ones go to the static seats.',
        );
        return;
      case 'replaced':
        this.comparison.end('replaced');
        this.parts.log.error({}, 'Another engine has taken over at Asterisk; this one stops acting.');
        this.onReplaced();
    }
  }

  private take(call: CallId, input: CallInput): void {
    if (input.type === 'arrived' && (this.survivors.back(input) || this.desks.callBacks.told(call, input)))
      return;
    this.dispatcher.call(call, input);
  }

  private alive(call: CallId): boolean {
    return this.dispatcher.calls.has(call) || this.survivors.has(call);
  }

  private known(input: CallInput): CallInput {
    if (input.type !== 'arrived') return input;
    const platform = this.parts.rules.platformOfNumber(input.dialled)?.id;
    const last = platform !== undefined && this.desks.nuisance.ranksLast(platform, input.number);
    return last ? { ...input, nuisance: true } : input;
  }

  private async compared(restarted: boolean): Promise<void> {
    if (restarted) {
      this.phoneWatch.forget();
      await this.seatPhones.anew(this.parts.floor.seats());
    }
    this.desks.callBacks.compared((call) => this.alive(call));
    await this.phoneWatch.look();
    this.whenReady();
    this.recordings?.settle();
    await this.books.settle();
    // After the books: what the static seats had is in them.
    this.talksBefore.read();
  }

  /** Something about the house itself that people must see: a fact like any other. */
  alarm(type: string, data: Readonly<Record<string, unknown>>): void {
    this.recorder.record(
      { at: this.parts.clock.now(), call: null, platform: null, facts: [{ type, actor: ENGINE, data }] },
      {},
    );
  }

  /** A fact of another room of this house (tickets), numbered among the others; its live call is shown with it. */
  note(call: CallId | null, platform: Platform | null, fact: NewFact): void {
    const view = call === null ? null : this.readings.liveCall(call);
    this.recorder.record(
      { at: this.parts.clock.now(), call, platform, facts: [fact] },
      view && view.phase !== 'ended' && view.phase !== 'ending' ? { call: view } : {},
    );
  }
}

function contactOf(site: Site, seat: SeatId): string | null {
  const number = Number(seat);
  const group = site.seatGroups.find((each) => number >= each.from && number <= each.to);
  return group?.contact?.replace('{seat}', seat) ?? null;
}
