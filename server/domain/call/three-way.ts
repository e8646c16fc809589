// Caller and seats of two platforms (or a line outside) in one conversation (R3), up to the site's limit of parties.
// Nobody is put on hold by being joined; anyone may leave and the others stay; it closes with an outcome (R4).
// It must not carry "end on exit" on any leg: only the caller's leaving, or the last seat's with an outcome, ends it.
import type { CallInput } from './inputs.ts';
import { reachSeconds } from './attempt.ts';
import { becomeThreeWay } from './becoming.ts';
import { decideByDefault } from './outcome.ts';
import { beginReach, stepReach, timeOver } from './reach.ts';
import type { Progress } from './reach.ts';
import { attemptOf, legOf, talkers } from './state.ts';
import type { Failure, Invite, Leg, Phase, Reach, Route } from './state.ts';
import type { Step } from './step.ts';
import { noteSeat, wasLost } from './party.ts';
import { endInvite, partyLeft, settle } from './parting.ts';
import { mendOrMove } from './talking.ts';
import type { Target } from '../../protocol/words.ts';

export type ThreeWay = Extract<Phase, { name: 'three-way' }>;

export function invite(step: Step, by: Leg, to: Target, route: Route): void {
  const except = talkers(step.call).flatMap((leg) => (leg.seat === null ? [] : [leg.seat]));
  const reach = beginReach(step, { to, route, purpose: 'three-way', except });
  const toPlatform = route.kind === 'trunk' ? null : route.platform;
  const before = step.call.phase.name === 'three-way' ? step.call.phase.invites : [];
  if (step.call.phase.name !== 'three-way') becomeThreeWay(step, []);
  setInvites(step, [...before, { reach, toPlatform, by: by.seat ?? '' }]);
  step.fact('threeway.started', { request: reach.id, to, by: by.seat });
  step.timer(`reach:${reach.id}`, reachSeconds(step.rules, route));
}

function setInvites(step: Step, invites: readonly Invite[]): void {
  if (step.call.phase.name === 'three-way') step.become({ ...step.call.phase, invites });
}
const others = (phase: ThreeWay, reach: Reach): readonly Invite[] =>
  phase.invites.filter((each) => each.reach.id !== reach.id);

/** TW2: the invited one has answered; all hear each other. */
export function join(step: Step, reach: Reach, leg: Leg, ringMs: number): void {
  const { phase } = step.call;
  if (phase.name !== 'three-way') return;
  step.untimer(`reach:${reach.id}`);
  step.changeLeg(leg.id, { role: 'consulted', held: false });
  noteSeat(step, leg);
  const { seat, line, platform } = leg;
  step.fact('threeway.joined', { request: reach.id, seat, line, platform, ringMs });
  step.become({ ...phase, invites: others(phase, reach), joined: true });
}

export function stepThreeWay(step: Step, phase: ThreeWay, input: CallInput): void {
  if (input.type === 'timer' && input.name === 'outcome') {
    decideByDefault(step, 'no agreement in time');
    settle(step);
    return;
  }
  if (input.type === 'timer' && input.name.startsWith('reach:')) {
    const late = phase.invites.find((each) => input.name === `reach:${each.reach.id}`);
    if (!late) return;
    endInvite(step, late, 'timed-out');
    fail(step, phase, late.reach, timeOver(late.reach));
    return;
  }
  if (input.type === 'leg-silent') {
    mendOrMove(step, input.leg);
    return;
  }
  if (input.type === 'leg-ended' && !attemptOf(step.call, input.leg)) {
    const leg = legOf(step.call, input.leg);
    if (!leg) return;
    partyLeft(step, leg, wasLost(step, leg, input) ? 'lost' : 'left');
    return;
  }
  for (const invited of phase.invites) {
    const progress = stepReach(step, invited.reach, input);
    if (progress.kind === 'ignored') continue;
    if (progress.kind === 'answered') {
      join(step, progress.reach, progress.leg, progress.ringMs);
      return;
    }
    if (progress.kind === 'failed') {
      fail(step, phase, progress.reach, progress.failure);
      return;
    }
    tell(step, phase, progress);
    return;
  }
}

function tell(step: Step, phase: ThreeWay, progress: Extract<Progress, { kind: 'pending' }>): void {
  const { reach, news, ringing } = progress;
  if (ringing)
    step.fact('threeway.ringing', { request: reach.id, seat: ringing.seat, number: ringing.number });
  if (news === 'placed') step.fact('threeway.queued', { request: reach.id, place: reach.place });
  setInvites(
    step,
    phase.invites.map((each) => (each.reach.id === reach.id ? { ...each, reach } : each)),
  );
}

/** TW1: caller and seat were talking all the while; nothing to give back. */
function fail(step: Step, phase: ThreeWay, reach: Reach, failure: Failure): void {
  step.untimer(`reach:${reach.id}`);
  step.fact('threeway.failed', { request: reach.id, to: reach.to, ...failure });
  setInvites(step, others(phase, reach));
  settle(step);
}

/** All who are asked and have not answered; or the one whose leg is named. False where there is none. */
export function cancelInvites(step: Step, phase: ThreeWay, leg?: string): boolean {
  const concerned = phase.invites.filter(
    (each) => leg === undefined || each.reach.attempts.some((attempt) => attempt.leg === leg),
  );
  if (concerned.length === 0) return false;
  for (const invited of concerned) endInvite(step, invited, 'cancelled');
  setInvites(
    step,
    phase.invites.filter((each) => !concerned.includes(each)),
  );
  settle(step);
  return true;
}

/** TW3: the seats talk without the caller, who has music; and back. Back from a consult transfer all three talk (TR9). */
export function consultAll(step: Step, phase: ThreeWay, on: boolean): void {
  const seats = talkers(step.call);
  step.changeLegs((leg) => seats.some(({ id }) => id === leg.id), { consulting: on });
  const { consult } = phase;
  if (!on && consult) {
    step.become({ ...phase, joined: true, consult: null });
    step.fact('transfer.merged', { transfer: consult.id });
    return;
  }
  step.fact(on ? 'threeway.consult-started' : 'threeway.consult-ended', {
    seats: seats.map((leg) => leg.seat ?? leg.line),
  });
}
