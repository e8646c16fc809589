// What may still be said of a call that has ended: its tag and its disposition, by a seat in wrap-up for it or a supervisor
// (WR1). It must not touch a live call; those have a machine of their own.
import type { Floor } from '../domain/acd/floor.ts';
import { newsOf } from '../domain/notice/raising.ts';
import type { CallCommand } from '../protocol/commands.ts';
import type { RefusalCode } from '../protocol/errors.ts';
import type { CallView } from '../protocol/views.ts';
import type { Actor, Platform } from '../protocol/words.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Clock } from './ports.ts';
import type { Recorder } from './recorder.ts';

export interface EndedCallsParts {
  readonly dispatcher: Dispatcher;
  readonly floor: Floor;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly platforms: readonly Platform[];
}
type Note = Extract<CallCommand, { name: 'tag' | 'guide' }>;
export type Noted =
  | { readonly ok: true; readonly view: CallView; readonly repeated: boolean }
  | { readonly ok: false; readonly code: RefusalCode };

const rememberMost = 1000;

export class EndedCalls {
  private readonly seen = new Set<string>();
  private readonly parts: EndedCallsParts;

  constructor(parts: EndedCallsParts) {
    this.parts = parts;
  }

  /** `view`: the ended call as the ledger has it. */
  note(view: CallView, id: string, actor: Actor, command: CallCommand): Noted {
    if (command.name !== 'tag' && command.name !== 'guide') return { ok: false, code: 'call-ended' };
    const key = `${view.id} ${id}`;
    if (this.seen.has(key)) return { ok: true, view, repeated: true };
    const seat = actor.seat === null ? undefined : this.parts.floor.seat(actor.seat);
    const wrapsUp = seat?.state === 'wrap-up' && seat.call === view.id;
    if (!wrapsUp && actor.role !== 'supervisor') return { ok: false, code: 'call-ended' };
    this.remember(key);
    return { ok: true, view: this.write(view, actor, command), repeated: false };
  }

  private write(view: CallView, actor: Actor, command: Note): CallView {
    const { recorder, dispatcher, clock } = this.parts;
    const at = clock.now();
    const noted: CallView = {
      ...view,
      version: view.version + 1,
      ...(command.name === 'tag' ? { tag: command.body } : { disposition: `guided:${command.body.line}` }),
    };
    const data =
      command.name === 'tag'
        ? { ...command.body, seat: actor.seat, afterEnd: true }
        : { ...command.body, seat: actor.seat, afterEnd: true };
    const type = command.name === 'tag' ? 'call.tagged' : 'call.guided';
    const news =
      command.name === 'tag' ? newsOf(view, view.tag ?? null, command.body, this.parts.platforms) : [];
    const facts = [{ type, data }, ...news].map((fact) => ({ ...fact, actor: actor.user }));
    recorder.record({ at, call: view.id, platform: view.platform, facts }, { call: noted, callEnded: true });
    const owing = this.parts.floor
      .seats()
      .filter((seat) => seat.call === view.id && seat.state === 'wrap-up');
    if (owing.length > 0)
      dispatcher.floor({
        type: 'message',
        at,
        message: {
          type: 'tagged',
          call: view.id,
          seats: owing.map((seat) => seat.id),
          class: command.name === 'tag' ? command.body.class : (view.tag?.class ?? 'general'),
        },
      });
    return noted;
  }

  private remember(key: string): void {
    this.seen.add(key);
    const [oldest] = this.seen;
    if (this.seen.size > rememberMost && oldest !== undefined) this.seen.delete(oldest);
  }
}
