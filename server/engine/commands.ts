// Commands of people: carried out in one step, answered when their facts are on disk (SV8), or refused with the current state.
// It must not know what a command means; the domain does.
import type { Floor } from '../domain/acd/messages.ts';
import type { CallBackDone, CallCommand, SeatCommand } from '../protocol/commands.ts';
import type { SipAccount } from '../protocol/session.ts';
import type { CallBackView, CallView, QueueView, SeatView } from '../protocol/views.ts';
import type { Actor, CallId, QueueId, SeatId } from '../protocol/words.ts';
import type { Dispatcher, Stepped } from './dispatcher.ts';
import type { EndedCalls } from './ended-calls.ts';
import type { Answer } from './face.ts';
import { releaseCall } from './force-release.ts';
import type { Clock, Ledger, Log, Telephony } from './ports.ts';
import type { Readings } from './readings.ts';
import type { Recorder } from './recorder.ts';
import type { SeatPhones } from './seat-phones.ts';
import { phoneRefused } from './supervising.ts';

interface CommandParts {
  readonly floor: Floor;
  readonly telephony: Telephony;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Log;
  readonly dispatcher: Dispatcher;
  readonly recorder: Recorder;
  readonly readings: Readings;
  readonly endedCalls: EndedCalls;
  readonly seatPhones: SeatPhones;
  readonly ready: () => boolean;
}

export class Commands {
  private readonly parts: CommandParts;
  /** By owed call: key of the last command about it, so that the same one is answered again (TR1). */
  private readonly settled = new Map<number, string>();
  private readonly settling = new Set<number>();

  constructor(parts: CommandParts) {
    this.parts = parts;
  }

  async call(id: CallId, command: string, actor: Actor, body: CallCommand): Promise<Answer<CallView>> {
    if (!this.parts.dispatcher.calls.has(id)) {
      const view = await this.parts.ledger.call(id);
      if (!view) return { ok: false, code: 'not-found', view };
      const noted = this.parts.endedCalls.note(view, command, actor, body);
      return noted.ok ? this.stored(noted.view, noted.repeated) : { ok: false, code: noted.code, view };
    }
    if (!this.parts.ready() && body.name !== 'tag')
      return { ok: false, code: 'not-ready', view: this.parts.readings.liveCall(id) };
    const noPhone = phoneRefused(this.parts.floor, this.parts.dispatcher.calls.get(id), command, actor, body);
    if (noPhone) return { ok: false, code: noPhone, field: 'seat', view: this.parts.readings.liveCall(id) };
    const stepped = this.parts.dispatcher.call(id, {
      type: 'command',
      id: command,
      actor,
      command: body,
      at: this.parts.clock.now(),
    });
    const view = this.parts.readings.liveCall(id) ?? (await this.parts.ledger.call(id));
    if (!stepped.ok) return refused(stepped, view);
    return this.stored(view, stepped.repeated);
  }

  async seat(
    id: SeatId,
    command: string,
    actor: Actor,
    body: SeatCommand,
  ): Promise<Answer<SeatView> & { readonly sip?: SipAccount }> {
    if (!this.parts.floor.seat(id)) return { ok: false, code: 'not-found', view: null };
    if (body.name === 'force' && body.body.action === 'release') {
      const released = releaseCall(this.parts, id, command, actor);
      if (!released.ok) return { ok: false, code: released.code, view: this.parts.readings.seat(id) };
    }
    const stepped: Awaited<ReturnType<SeatPhones['signIn']>> =
      body.name === 'sign-in'
        ? await this.parts.seatPhones.signIn(id, command, actor, body)
        : this.parts.dispatcher.floor({
            type: 'command',
            id: command,
            actor,
            seat: id,
            command: body,
            at: this.parts.clock.now(),
          });
    if (stepped.ok && this.parts.floor.seat(id)?.status === 'offline')
      await this.parts.seatPhones.signedOut(id);
    const view = this.parts.readings.seat(id);
    if (!stepped.ok) return refused(stepped, view);
    const answer = await this.stored(view, stepped.repeated);
    return stepped.sip ? { ...answer, sip: stepped.sip } : answer;
  }

  async prioritise(
    queue: QueueId,
    call: CallId,
    id: string,
    actor: Actor,
    head: boolean,
  ): Promise<Answer<QueueView>> {
    const stepped = this.parts.dispatcher.floor({
      type: 'prioritise',
      id,
      actor,
      queue,
      call,
      head,
      at: this.parts.clock.now(),
    });
    if (!stepped.ok) return { ok: false, code: stepped.code, view: this.parts.readings.queue(queue) };
    const answered = await this.stored(this.parts.readings.queue(queue), stepped.repeated);
    return answered;
  }

  /**
   * SV5: what came of calling is on disk before the caller is off the list, so that nobody leaves it without a word. One who was
   * not reached stays on it: it is still owed a call.
   */
  async callBackDone(
    owed: number,
    id: string,
    actor: Actor,
    body: CallBackDone,
  ): Promise<Answer<CallBackView>> {
    const { ledger, clock, recorder, readings } = this.parts;
    const view = (await readings.callBacks()).find((each) => each.id === owed) ?? null;
    if (!view) return { ok: false, code: 'not-found', view };
    if (this.settled.get(owed) === id) return this.stored(view, true);
    if (view.done || this.settling.has(owed)) return { ok: false, code: 'already-so', view };
    this.settling.add(owed);
    try {
      const at = clock.now();
      const data = { owed, number: view.number, ...body };
      const fact = { type: 'call.called-back', actor: actor.user, data };
      recorder.record({ at, call: view.call, platform: view.platform, facts: [fact] }, {});
      const noted = await this.stored(view, false);
      if (!noted.ok) return noted;
      const done = body.result !== 'not-reached';
      if (done) await ledger.doneCallBack(owed, at);
      this.settled.set(owed, id);
      return { ...noted, view: { ...view, done } };
    } finally {
      this.settling.delete(owed);
    }
  }

  /** SV8: acknowledged only when the facts are on disk. */
  async stored<V extends object>(view: V | null, repeated: boolean): Promise<Answer<V>> {
    if (view === null) return { ok: false, code: 'not-found', view: null };
    try {
      await this.parts.ledger.durable(this.parts.recorder.sequence);
    } catch (error) {
      this.parts.log.error(
        { error },
        'A command was carried out but could not be written down; it is not acknowledged.',
      );
      return { ok: false, code: 'not-stored', view };
    }
    const version =
      'version' in view && typeof view.version === 'number' ? view.version : this.parts.recorder.sequence;
    return { ok: true, version, view, repeated };
  }
}

/** A refusal of a step, as an answer with what stands now. */
const refused = <V>(stepped: Extract<Stepped, { ok: false }>, view: V | null): Answer<V> => ({
  ok: false,
  code: stepped.code,
  ...(stepped.field === undefined ? {} : { field: stepped.field }),
  view,
});
