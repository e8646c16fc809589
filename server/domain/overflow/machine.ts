// The overflow machine: one input, one synchronous answer; whoever drives it (the engine, the simulation) gives the time
// and the readings. It must not reach into calls or seats: it tells the floor which groups a queue borrows, nothing else.
import type { CallId, QueueId, SeatId, Time } from '../../protocol/words.ts';
import type { OverflowCommand } from '../../protocol/overflow.ts';
import type { Decision, Refused } from '../decision.ts';
import type { LoanTerms } from '../acd/messages.ts';
import { command } from './commands.ts';
import { lendingOf, tickLoans } from './loans.ts';
import { dwelt, gauged, isUnder, passed, restGauge } from './marks.ts';
import type { Readings } from './reading.ts';
import { rejoin } from './rejoining.ts';
import { tickRegion } from './region.ts';
import type { OverflowRules } from './rules.ts';
import { candidates, finish, join, run, stop, suggest } from './starting.ts';
import { liveOf } from './state.ts';
import type { Overflow, OverflowState, Tally } from './state.ts';
import { ENGINE, Step } from './step.ts';

export type OverflowInput = { readonly at: Time } & (
  | { readonly type: 'tick' }
  /** After a restart: the floor is told again what it borrows. `read`: what the database told only later. */
  | { readonly type: 'resume'; readonly read?: OverflowState }
  | { readonly type: 'command'; readonly actor: string; readonly command: OverflowCommand }
  /** What became of an offer to a borrowed seat; `queue` where it is known. */
  | {
      readonly type: 'offer';
      readonly result: 'offered' | 'answered' | 'missed';
      readonly queue: QueueId | null;
      readonly group: string;
      readonly seat: SeatId;
      readonly call: CallId;
    }
  | {
      readonly type: 'talked';
      readonly queue: QueueId | null;
      readonly group: string;
      readonly seconds: number;
    }
);

/** From now on exactly these groups serve the queue: the floor's `borrowed`. */
export interface OverflowEffect {
  readonly type: 'lend';
  readonly queue: QueueId;
  readonly groups: readonly string[];
  readonly terms: Readonly<Record<string, LoanTerms>>;
  /** Their lenders want them back: what rings there stops as well (OV7). */
  readonly recalled: readonly string[];
}
export type OverflowDecision = Decision<OverflowState, OverflowEffect>;

/** The same state comes back when nothing changed. Ticks come each second; commands take effect without one. */
export function decideOverflow(
  rules: OverflowRules,
  state: OverflowState,
  input: OverflowInput,
  readings: Readings,
): OverflowDecision {
  const step = new Step(rules, state, readings, input.at);
  const refused = take(step, input);
  if (refused) return refused;
  return { ok: true, effects: lend(step), facts: step.facts, state: step.state };
}

function take(step: Step, input: OverflowInput): Refused | null {
  switch (input.type) {
    case 'tick':
      tick(step);
      return null;
    case 'resume':
      if (input.read) rejoin(step, input.read);
      return null;
    case 'command':
      return command(step, input.actor, input.command);
    case 'offer':
      offer(step, input);
      return null;
    case 'talked':
      count(step, input.queue, input.group, { talkSeconds: input.seconds });
      return null;
  }
}

function tick(step: Step): void {
  for (const { id } of step.rules.queues) tickQueue(step, id);
  for (const overflow of step.state.overflows) {
    if (overflow.state !== 'draining') continue;
    const now = tickLoans(step, overflow);
    if (now.loans.every(({ state }) => state !== 'active' && state !== 'draining' && state !== 'offered'))
      finish(step, now, ENGINE, now.endReason ?? '', 'ended');
  }
}

function tickQueue(step: Step, queue: QueueId): void {
  const reading = step.readings.queues[queue];
  const policy = step.policy(queue);
  if (!reading || !policy) return;
  const before = step.state.gauges[queue] ?? restGauge;
  const over = passed(reading, policy.high);
  const gauge = gauged(before, over.length > 0, isUnder(reading, policy.low), step.at);
  if (gauge !== before) step.set({ gauges: { ...step.state.gauges, [queue]: gauge } });
  const isOver = dwelt(gauge.overSince, policy.high, step.at) && !gauge.declined;
  const isCalm = dwelt(gauge.underSince, policy.low, step.at);

  const live = liveOf(step.state, queue);
  if (!live) {
    if (isOver) byRule(step, suggest(step, queue));
    return;
  }
  if (live.state === 'running') tickRunning(step, live, isCalm);
  else if (live.state === 'armed') {
    if (isOver && candidates(step, live).length > 0)
      run(step, step.change(live, { passed: over }), 'plan', live.by ?? ENGINE, live.reason);
  } else if (isCalm) stop(step, live, ENGINE, 'calm');
  else byRule(step, live);
}

/** Not before a group is registered: a suggestion people see is worth more than a start that brings nobody. */
function byRule(step: Step, overflow: Overflow): void {
  if (step.policy(overflow.queue)?.start === 'rule' && candidates(step, overflow).length > 0)
    run(step, overflow, 'rule', ENGINE, overflow.reason);
}

function tickRunning(step: Step, running: Overflow, isCalm: boolean): void {
  const reading = step.readings.queues[running.queue];
  let now = join(step, tickRegion(step, tickLoans(step, running)));
  if (reading && (reading.waiting > now.peak.waiting || reading.oldestSeconds > now.peak.oldestSeconds))
    now = step.change(now, {
      peak: {
        waiting: Math.max(reading.waiting, now.peak.waiting),
        oldestSeconds: Math.max(reading.oldestSeconds, now.peak.oldestSeconds),
      },
    });
  const longEnough = step.at - (now.startedAt ?? step.at) >= step.rules.minimumSeconds * 1000;
  if (!isCalm || !longEnough) return;
  if (step.policy(now.queue)?.end === 'rule') stop(step, now, ENGINE, 'under the low marks for their dwell');
  else if (!now.endSuggested) {
    now = step.change(now, { endSuggested: true });
    step.fact('end-suggested', now, ENGINE, { reading });
  }
}

/** The loan a borrowed seat's call counts for: of its own queue if that has one, else of whichever has the group. */
function lentIn(step: Step, queue: QueueId | null, group: string): Overflow | undefined {
  const having = step.state.overflows.filter(
    (overflow) =>
      (overflow.state === 'running' || overflow.state === 'draining') &&
      overflow.loans.some(
        (loan) => loan.group === group && (loan.state === 'active' || loan.state === 'draining'),
      ),
  );
  return having.findLast((overflow) => overflow.queue === queue) ?? having.at(-1);
}

function count(step: Step, queue: QueueId | null, group: string, more: Partial<Tally>): Overflow | undefined {
  const overflow = lentIn(step, queue, group);
  const loan = overflow?.loans.find((each) => each.group === group);
  if (!overflow || !loan) return undefined;
  const { tally } = loan;
  return step.changeLoan(overflow, group, {
    tally: {
      offered: tally.offered + (more.offered ?? 0),
      answered: tally.answered + (more.answered ?? 0),
      missed: tally.missed + (more.missed ?? 0),
      talkSeconds: tally.talkSeconds + (more.talkSeconds ?? 0),
    },
  });
}

/** OV4: a call taken by a borrowed seat shows both homes in its own timeline. */
function offer(step: Step, input: Extract<OverflowInput, { type: 'offer' }>): void {
  const { result, queue, group, seat, call } = input;
  const now = count(step, queue, group, { [result]: 1 });
  const loan = now?.loans.find((each) => each.group === group);
  if (result !== 'answered' || !now || !loan) return;
  step.facts.push({
    type: 'overflow.call-taken',
    actor: ENGINE,
    data: {
      about: `loan:${now.id}:${group}`,
      id: now.id,
      queue: now.queue,
      platform: now.platform,
      call,
      seat,
      group,
      lender: loan.lender,
      level: loan.level,
      tally: loan.tally,
    },
  });
}

function lend(step: Step): readonly OverflowEffect[] {
  const effects: OverflowEffect[] = [];
  for (const { id } of step.rules.queues) {
    const lending = lendingOf(step, liveOf(step.state, id));
    const text = lending.groups.length === 0 ? '' : JSON.stringify(lending);
    if (text === (step.state.lent[id] ?? '')) continue;
    const recalled = (liveOf(step.state, id)?.loans ?? [])
      .filter(({ state, why }) => state === 'draining' && why === 'recalled')
      .map(({ group }) => group);
    effects.push({ type: 'lend', queue: id, ...lending, recalled });
    step.set({ lent: { ...step.state.lent, [id]: text } });
  }
  return effects;
}
