// Keeps the marks on nuisance callers: takes commands, lifts what is over, says who is ranked last, scores from the ledger. Over a
// restart they are put together from their own facts. It must not decide: domain/nuisance does.
import { decideMark, endDue, isNuisance, nextEnd, remember } from '../domain/nuisance/marks.ts';
import type { Mark, Marks, MarkStep, NuisanceRules } from '../domain/nuisance/marks.ts';
import { scoreOf } from '../domain/nuisance/score.ts';
import type { NuisanceCommand, NuisanceScore, NuisanceView } from '../protocol/nuisance.ts';
import type { CallView } from '../protocol/views.ts';
import type { Actor, CallId, Platform } from '../protocol/words.ts';
import type { Answer, NuisanceFace } from './face.ts';
import { readFamily } from './late-facts.ts';
import type { LateFacts } from './late-facts.ts';
import type { Clock, Timers } from './ports.ts';
import type { Recorder } from './recorder.ts';

export interface NuisanceParts extends LateFacts {
  readonly rules: NuisanceRules & { readonly windowDays: number };
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly stored: <V extends object>(view: V | null, repeated: boolean) => Promise<Answer<V>>;
}
const seenMost = 500;
const historyMost = 200;
const dayMs = 86_400_000;
/** A clock that was set is looked at again at least this often. */
const longestMs = 3_600_000;

export class NuisanceDesk implements NuisanceFace {
  private readonly parts: NuisanceParts;
  private marks: Marks = new Map();
  private readonly seen = new Set<string>();
  private stopReading: () => void = () => undefined;

  constructor(parts: NuisanceParts) {
    this.parts = parts;
  }

  async restore(): Promise<void> {
    this.stopReading = await readFamily(this.parts, 'nuisance', (facts) => {
      this.marks = new Map([...facts.reduce<Marks>(remember, new Map()), ...this.marks]);
      this.arm();
    });
  }

  stop(): void {
    this.stopReading();
    this.parts.timers.stop('nuisance');
  }

  private arm(): void {
    const { timers, clock } = this.parts;
    const at = nextEnd(this.marks);
    if (at === null) timers.stop('nuisance');
    else
      timers.start('nuisance', Math.min(at, clock.now() + longestMs), () =>
        this.take(endDue(this.marks, clock.now())),
      );
  }

  private take({ marks, written }: MarkStep): void {
    this.marks = marks;
    const at = this.parts.clock.now();
    for (const { mark, fact } of written)
      this.parts.recorder.record({ at, call: mark.call, platform: mark.platform, facts: [fact] }, {});
    this.arm();
  }

  /** Whether a call that arrives now is ranked last. */
  ranksLast(platform: Platform, number: string): boolean {
    return this.marks.size > 0 && isNuisance(this.marks, platform, number, this.parts.clock.now());
  }

  list(platform: Platform | null): readonly NuisanceView[] {
    return [...this.marks.values()]
      .filter((mark) => platform === null || mark.platform === platform)
      .sort((a, b) => b.markedAt - a.markedAt)
      .map(viewOf);
  }

  async one(call: CallId): Promise<NuisanceView | null> {
    const mark = this.marks.get(call);
    if (!mark) return null;
    const score = await this.score(mark.platform, mark.number).catch(() => undefined);
    return { ...viewOf(mark), ...(score ? { score } : {}) };
  }

  /** Calls of this number to this platform within the time looked at, newest first. */
  async history(platform: Platform, number: string): Promise<readonly CallView[]> {
    const { ledger, clock, rules } = this.parts;
    const from = new Date(clock.now() - rules.windowDays * dayMs).toISOString();
    return (await ledger.calls({ platform, number, from, limit: historyMost })).items;
  }

  private async score(platform: Platform, number: string): Promise<NuisanceScore> {
    const { clock, rules } = this.parts;
    return scoreOf(await this.history(platform, number), clock.now(), rules.windowDays);
  }

  async command(
    about: { readonly call: CallId; readonly platform: Platform; readonly number: string },
    id: string,
    actor: Actor,
    command: NuisanceCommand,
  ): Promise<Answer<NuisanceView>> {
    if (!this.seen.has(id)) {
      const step = decideMark(
        this.parts.rules,
        this.marks,
        about,
        actor.user,
        command,
        this.parts.clock.now(),
      );
      if ('ok' in step) return { ok: false, code: step.code, view: await this.one(about.call) };
      this.take(step);
      this.seen.add(id);
      const [oldest] = this.seen;
      if (this.seen.size > seenMost && oldest !== undefined) this.seen.delete(oldest);
      return this.parts.stored(await this.one(about.call), false);
    }
    return this.parts.stored(await this.one(about.call), true);
  }
}

function viewOf(mark: Mark): NuisanceView {
  const { call, platform, number, state, markedBy, reason, decidedBy, decidedAt } = mark;
  const iso = (time: number): string => new Date(time).toISOString();
  return {
    call,
    platform,
    number,
    state,
    markedBy,
    markedAt: iso(mark.markedAt),
    until: iso(mark.until),
    ...(reason === null ? {} : { reason }),
    ...(decidedBy === null ? {} : { decidedBy }),
    ...(decidedAt === null ? {} : { decidedAt: iso(decidedAt) }),
  };
}
