// Keeps the broadcasts of supervisors to seats: sends, takes acknowledgements, shows who still owes one. Over a restart they are
// put together from their own facts. It must not decide whom one is meant for: domain/notice/broadcasts.ts does.
import { acknowledge, end, isMeant, isOpen, isOwed, remember, send } from '../domain/notice/broadcasts.ts';
import type { Broadcast, Broadcasts, BroadcastStep } from '../domain/notice/broadcasts.ts';
import type { Floor } from '../domain/acd/messages.ts';
import type { Refused } from '../domain/decision.ts';
import type { BroadcastBody, BroadcastView } from '../protocol/broadcast.ts';
import type { Actor, Platform, SeatId } from '../protocol/words.ts';
import type { Answer, BroadcastFace } from './face.ts';
import { readFamily } from './late-facts.ts';
import type { LateFacts } from './late-facts.ts';
import type { Clock } from './ports.ts';
import type { Recorder } from './recorder.ts';

export interface BroadcastParts extends LateFacts {
  readonly floor: Floor;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly stored: <V extends object>(view: V | null, repeated: boolean) => Promise<Answer<V>>;
}
const seenMost = 500;
const iso = (time: number): string => new Date(time).toISOString();

export class BroadcastDesk implements BroadcastFace {
  private readonly parts: BroadcastParts;
  private broadcasts: Broadcasts = new Map();
  /** Key of a command → the broadcast it was about. */
  private readonly seen = new Map<string, string>();
  private stopReading: () => void = () => undefined;

  constructor(parts: BroadcastParts) {
    this.parts = parts;
  }

  async restore(): Promise<void> {
    this.stopReading = await readFamily(this.parts, 'broadcast', (facts) => {
      this.broadcasts = new Map([...facts.reduce<Broadcasts>(remember, new Map()), ...this.broadcasts]);
    });
  }
  stop(): void {
    this.stopReading();
  }

  owed(seat: SeatId): readonly BroadcastView[] {
    const known = this.seat(seat);
    if (!known) return [];
    return [...this.broadcasts.values()]
      .filter((each) => isOwed(each, known, this.parts.clock.now()))
      .map((each) => this.view(each, seat));
  }

  list(platform: Platform): readonly BroadcastView[] {
    return [...this.broadcasts.values()]
      .filter((each) => each.platform === platform)
      .sort((a, b) => b.sentAt - a.sentAt)
      .map((each) => this.view(each, null));
  }

  send(platform: Platform, body: BroadcastBody, key: string, actor: Actor): Promise<Answer<BroadcastView>> {
    const { clock, recorder } = this.parts;
    const at = clock.now();
    // Its id is the number of the fact that sends it.
    const id = `b${recorder.sequence + 1}`;
    const wish = {
      id,
      platform,
      queue: body.queue ?? null,
      text: body.text,
      sentBy: actor.user,
      expiresAt: at + body.minutes * 60_000,
    };
    return this.once(key, id, null, () => send(this.broadcasts, wish, at));
  }

  acknowledge(id: string, seat: SeatId, key: string, actor: Actor): Promise<Answer<BroadcastView>> {
    const known = this.seat(seat);
    if (!known) return Promise.resolve({ ok: false, code: 'not-found', view: null });
    return this.once(key, id, seat, () =>
      acknowledge(this.broadcasts, id, known, actor.user, this.parts.clock.now()),
    );
  }

  end(id: string, platform: Platform, key: string, actor: Actor): Promise<Answer<BroadcastView>> {
    return this.once(key, id, null, () =>
      end(this.broadcasts, id, platform, actor.user, this.parts.clock.now()),
    );
  }

  /** `seat`: who is answered; null: a supervisor. */
  private async once(
    key: string,
    about: string,
    seat: SeatId | null,
    decide: () => Refused | BroadcastStep,
  ): Promise<Answer<BroadcastView>> {
    const { recorder, clock, stored } = this.parts;
    const before = this.seen.get(key);
    const known = this.broadcasts.get(before ?? about);
    if (before !== undefined) return stored(known ? this.view(known, seat) : null, true);
    const step = decide();
    if ('ok' in step) return { ok: false, code: step.code, view: null };
    this.broadcasts = step.broadcasts;
    const { platform } = step.broadcast;
    recorder.record({ at: clock.now(), call: null, platform, facts: [step.fact] }, {});
    this.seen.set(key, about);
    const [oldest] = this.seen.keys();
    if (this.seen.size > seenMost && oldest !== undefined) this.seen.delete(oldest);
    return stored(this.view(step.broadcast, seat), false);
  }

  private seat(id: SeatId) {
    return this.parts.floor.seat(id) ?? null;
  }

  private view(broadcast: Broadcast, seat: SeatId | null): BroadcastView {
    const { id, platform, queue, text, sentAt, sentBy, expiresAt, endedAt, acknowledged } = broadcast;
    const open = isOpen(broadcast, this.parts.clock.now());
    const waiting = this.parts.floor.seats().filter(
      (each) =>
        each.status !== 'offline' &&
        // A place on a lender's trunk: nobody of ours reads there.
        !(each.remote && each.phone === 'none') &&
        isMeant(broadcast, each) &&
        acknowledged[each.id] === undefined,
    );
    return {
      id,
      platform,
      ...(queue === null ? {} : { queue }),
      text,
      sentAt: iso(sentAt),
      sentBy,
      expiresAt: iso(expiresAt),
      ...(endedAt === null ? {} : { endedAt: iso(endedAt) }),
      acknowledged: Object.entries(acknowledged)
        .filter(([each]) => seat === null || each === seat)
        .map(([each, at]) => ({ seat: each, at: iso(at) })),
      ...(seat === null ? { waiting: open ? waiting.map((each) => each.id) : [] } : {}),
    };
  }
}
