// Marks on numbers that call to annoy: made by a seat with one press, confirmed by a second person, over by themselves (R26).
// Pure; the time comes in. It must not refuse anybody a call: a confirmed mark ranks a general call last, and nothing else.
//
//   marked ──confirm──► confirmed ──term over──► lifted            marked ──refuse──► refused, ──nobody decides──► lapsed
import type { Fact } from '../../protocol/facts.ts';
import type { NuisanceCommand } from '../../protocol/nuisance.ts';
import type { CallId, Platform, Time } from '../../protocol/words.ts';
import { namesSomebody } from '../caller-number.ts';
import { refuse } from '../decision.ts';
import type { NewFact, Refused } from '../decision.ts';

export interface Mark {
  readonly call: CallId;
  readonly platform: Platform;
  readonly number: string;
  readonly state: 'marked' | 'confirmed' | 'refused' | 'lapsed' | 'lifted';
  readonly markedBy: string;
  readonly markedAt: Time;
  readonly reason: string | null;
  readonly decidedBy: string | null;
  readonly decidedAt: Time | null;
  readonly until: Time;
}
/** By the call in which they were made. */
export type Marks = ReadonlyMap<CallId, Mark>;
export interface NuisanceRules {
  readonly termDays: number;
  readonly proposalDays: number;
}
export interface MarkStep {
  readonly marks: Marks;
  readonly written: readonly { readonly mark: Mark; readonly fact: NewFact }[];
}

const dayMs = 86_400_000;
/** Decided ones are shown so long. */
const shownMs = 30 * dayMs;
const ENGINE = 'system:engine';

const isOpen = ({ state }: Mark): boolean => state === 'marked' || state === 'confirmed';

/** Whether a call of this number is ranked last now. */
export const isNuisance = (marks: Marks, platform: Platform, number: string, at: Time): boolean =>
  [...marks.values()].some(
    (mark) =>
      mark.state === 'confirmed' && mark.platform === platform && mark.number === number && at < mark.until,
  );

export function decideMark(
  rules: NuisanceRules,
  marks: Marks,
  about: { readonly call: CallId; readonly platform: Platform; readonly number: string },
  actor: string,
  command: NuisanceCommand,
  at: Time,
): Refused | MarkStep {
  const { call, platform, number } = about;
  const known = marks.get(call);
  const reason = command.body.reason ?? null;
  if (command.name === 'mark') {
    if (!namesSomebody(number)) return refuse('number-withheld');
    const open = [...marks.values()].some(
      (mark) => isOpen(mark) && mark.platform === platform && mark.number === number,
    );
    if (known || open) return refuse('already-so');
    const until = at + rules.proposalDays * dayMs;
    return write(
      marks,
      {
        call,
        platform,
        number,
        state: 'marked',
        markedBy: actor,
        markedAt: at,
        reason,
        decidedBy: null,
        decidedAt: null,
        until,
      },
      actor,
    );
  }
  if (!known) return refuse('not-found');
  // Two pairs of eyes: whoever marked does not confirm.
  if (command.name === 'confirm' && known.markedBy === actor) return refuse('forbidden');
  if (known.state !== (command.name === 'lift' ? 'confirmed' : 'marked')) return refuse('already-so');
  const decided = { ...known, decidedBy: actor, decidedAt: at, reason: reason ?? known.reason };
  if (command.name === 'confirm')
    return write(
      marks,
      { ...decided, state: 'confirmed', until: at + (command.body.days ?? rules.termDays) * dayMs },
      actor,
    );
  return write(
    marks,
    { ...decided, state: command.name === 'refuse' ? 'refused' : 'lifted', until: at },
    actor,
  );
}

/** When time alone changes something next; null: nothing is open. */
export function nextEnd(marks: Marks): Time | null {
  const times = [...marks.values()].filter(isOpen).map(({ until }) => until);
  return times.length === 0 ? null : Math.min(...times);
}

export function endDue(marks: Marks, at: Time): MarkStep {
  let after: Marks = new Map([...marks].filter(([, mark]) => isOpen(mark) || at - mark.until < shownMs));
  const written: MarkStep['written'][number][] = [];
  for (const mark of marks.values()) {
    if (!isOpen(mark) || at < mark.until) continue;
    const state = mark.state === 'confirmed' ? ('lifted' as const) : ('lapsed' as const);
    const step = write(after, { ...mark, state }, ENGINE);
    after = step.marks;
    written.push(...step.written);
  }
  return { marks: after, written };
}

function write(marks: Marks, mark: Mark, actor: string): MarkStep {
  const { call, platform, number, state, markedBy, reason, decidedBy } = mark;
  const iso = (time: Time): string => new Date(time).toISOString();
  const data = {
    about: `nuisance:${call}`,
    platform,
    number,
    markedBy,
    markedAt: iso(mark.markedAt),
    until: iso(mark.until),
    ...(reason === null ? {} : { reason }),
    ...(decidedBy === null ? {} : { decidedBy }),
    ...(mark.decidedAt === null ? {} : { decidedAt: iso(mark.decidedAt) }),
  };
  return {
    marks: new Map([...marks, [call, mark]]),
    written: [{ mark, fact: { type: `nuisance.${state}`, actor, data } }],
  };
}

/** A fact of the family `nuisance`, read back after a restart. */
export function remember(marks: Marks, { type, call, data }: Fact): Marks {
  const text = (key: string): string => {
    const value = data[key];
    return typeof value === 'string' ? value : '';
  };
  const state = (['marked', 'confirmed', 'refused', 'lapsed', 'lifted'] as const).find(
    (each) => type === `nuisance.${each}`,
  );
  const [markedAt, until] = [Date.parse(text('markedAt')), Date.parse(text('until'))];
  if (call === null || !state || Number.isNaN(markedAt) || Number.isNaN(until)) return marks;
  return new Map([
    ...marks,
    [
      call,
      {
        call,
        platform: text('platform'),
        number: text('number'),
        state,
        markedBy: text('markedBy'),
        markedAt,
        reason: text('reason') || null,
        decidedBy: text('decidedBy') || null,
        decidedAt: Date.parse(text('decidedAt')) || null,
        until,
      },
    ],
  ]);
}
