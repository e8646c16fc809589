// Keeps the notices that supervisors must acknowledge: hears them raised, has them chased in time, writes what comes of them.
// Over a restart they are put together from their own facts. It must not decide when or whom: domain/notice does.
import { acknowledge, chase, nextChase, remember } from '../domain/notice/notices.ts';
import type { Notice, Notices, NoticeStep } from '../domain/notice/notices.ts';
import type { NoticeView } from '../protocol/notice.ts';
import type { Actor, CallId, Platform } from '../protocol/words.ts';
import type { Answer, Change, NoticeFace } from './face.ts';
import { readFamily } from './late-facts.ts';
import type { LateFacts } from './late-facts.ts';
import type { Clock, Timers } from './ports.ts';
import type { Recorder } from './recorder.ts';

export interface NoticeParts extends LateFacts {
  readonly chaseSeconds: number;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly stored: <V extends object>(view: V | null, repeated: boolean) => Promise<Answer<V>>;
}
const seenMost = 500;

export class NoticeDesk implements NoticeFace {
  private readonly parts: NoticeParts;
  private notices: Notices = new Map();
  private readonly seen = new Set<string>();
  private stopListening: () => void = () => undefined;
  private stopReading: () => void = () => undefined;

  constructor(parts: NoticeParts) {
    this.parts = parts;
  }

  async restore(): Promise<void> {
    this.stopListening = this.parts.recorder.onChange((change) => this.heard(change));
    this.stopReading = await readFamily(this.parts, 'notice', (facts) => {
      // What was read is older than what has been heard meanwhile.
      const since = this.notices;
      this.notices = new Map([...facts.reduce<Notices>(remember, new Map()), ...since]);
      this.arm();
    });
  }

  stop(): void {
    this.stopListening();
    this.stopReading();
    this.parts.timers.stop('notices');
  }

  private heard({ fact }: Change): void {
    const { type, call, data } = fact;
    if (type === 'notice.raised') {
      this.notices = remember(this.notices, fact);
      this.arm();
    }
    // Who acknowledges the ticket of this call knows of the matter, too (R24).
    const receiver = data['receiver'];
    if (type !== 'ticket.acknowledged' || data['kind'] !== 'major' || call === null) return;
    if (typeof receiver !== 'string') return;
    const by = fact.actor;
    queueMicrotask(() =>
      this.take(acknowledge(this.notices, { call, platform: receiver, by, note: null }, this.now())),
    );
  }

  private now(): number {
    return this.parts.clock.now();
  }
  private arm(): void {
    const { chaseSeconds, timers } = this.parts;
    const at = nextChase(this.notices, chaseSeconds);
    if (at === null) timers.stop('notices');
    else timers.start('notices', at, () => this.take(chase(this.notices, this.now(), chaseSeconds)));
  }

  private take(step: ReturnType<typeof acknowledge> | NoticeStep): void {
    if ('ok' in step) return;
    this.notices = step.notices;
    for (const { call, platform, fact } of step.written)
      this.parts.recorder.record({ at: this.now(), call, platform, facts: [fact] }, {});
    this.arm();
  }

  list(platform: Platform | null): readonly NoticeView[] {
    return [...this.notices.values()]
      .filter((notice) => platform === null || notice.platform === platform)
      .sort(
        (a, b) =>
          Number(a.acknowledged !== null) - Number(b.acknowledged !== null) || a.raisedAt - b.raisedAt,
      )
      .map(noticeView);
  }

  async acknowledge(
    call: CallId,
    platform: Platform,
    id: string,
    actor: Actor,
    note: string | null,
  ): Promise<Answer<NoticeView>> {
    const view = () => this.list(platform).find((each) => each.call === call) ?? null;
    if (this.seen.has(id)) return this.parts.stored(view(), true);
    const step = acknowledge(this.notices, { call, platform, by: actor.user, note }, this.now());
    if ('ok' in step) return { ok: false, code: step.code, view: view() };
    this.take(step);
    this.seen.add(id);
    const [oldest] = this.seen;
    if (this.seen.size > seenMost && oldest !== undefined) this.seen.delete(oldest);
    return this.parts.stored(view(), false);
  }
}

function noticeView(notice: Notice): NoticeView {
  const { acknowledged, raisedAt, ...rest } = notice;
  return {
    ...rest,
    raisedAt: new Date(raisedAt).toISOString(),
    ...(acknowledged
      ? {
          acknowledgedAt: new Date(acknowledged.at).toISOString(),
          acknowledgedBy: acknowledged.by,
          ...(acknowledged.note === null ? {} : { note: acknowledged.note }),
        }
      : {}),
  };
}
