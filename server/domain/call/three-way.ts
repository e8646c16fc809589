// Caller and seats of two platforms (or a line outside) in one conversation (R3), up to the site's limit of parties.
// Nobody is put on hold by being joined; anyone may leave and the others stay; it closes with an outcome (R4).
// It must not carry "end on exit" on any leg: only the caller's leaving, or the last seat's with an outcome, ends it.
import type { CallInput } from './inputs.ts';
import { becomeEnding } from './ending.ts';
import { becomeRequeued, becomeTalking, becomeThreeWay } from './becoming.ts';
import { decideByDefault } from './outcome.ts';
import { beginReach, cancelReach, stepReach } from './reach.ts';
import type { ReachWish } from './reach.ts';
import { callerOf, talkers } from './state.ts';
import type { Invite, Leg, Phase, Route } from './state.ts';
import type { Step } from './step.ts';
import { dropParty, noteSeat, wasLost } from './party.ts';
import { mendOrMove } from './talking.ts';
import type { Target } from '../../protocol/words.ts';

export type ThreeWay = Extract<Phase, { name: 'three-way' }>;

export function invite(step: Step, by: Leg, to: Target, route: Route): void {
  const wish: ReachWish = {
    to,
    route,
    purpose: 'three-way',
    since: step.at,
    head: false,
    all: false,
    except: step.call.seats,
  };
  const reach = beginReach(step, wish);
  const invited: Invite = {
    reach,
    toPlatform: route.kind === 'trunk' ? null : route.platform,
    by: by.seat ?? '',
  };
  if (step.call.phase.name !== 'three-way') becomeThreeWay(step, []);
  if (step.call.phase.name === 'three-way')
    step.become({ ...step.call.phase, invites: [...step.call.phase.invites, invited] });
  step.fact('threeway.started', { request: reach.id, to, by: by.seat });
  step.timer(
    `reach:${reach.id}`,
    route.kind === 'seat' ? step.rules.timers.transferSeatSeconds : step.rules.timers.transferLineSeconds,
  );
}

/** TW2: the invited one has answered; all hear each other. */
export function join(step: Step, invited: Invite, leg: Leg, ringMs: number): void {
  step.untimer(`reach:${invited.reach.id}`);
  step.changeLeg(leg.id, { role: 'consulted', held: false });
  noteSeat(step, leg);
  step.fact('threeway.joined', {
    request: invited.reach.id,
    seat: leg.seat,
    line: leg.line,
    platform: leg.platform,
    ringMs,
  });
  const { phase } = step.call;
  if (phase.name === 'three-way')
    step.become({ ...phase, invites: without(phase.invites, invited), joined: true });
}

const without = (invites: readonly Invite[], gone: Invite): readonly Invite[] =>
  invites.filter((each) => each.reach.id !== gone.reach.id);

export function stepThreeWay(step: Step, phase: ThreeWay, input: CallInput): void {
  if (input.type === 'timer' && input.name === 'outcome')
    return decideByDefault(step, 'no agreement in time');
  if (input.type === 'timer' && input.name.startsWith('reach:')) {
    const late = phase.invites.find((each) => input.name === `reach:${each.reach.id}`);
    if (late) {
      cancelReach(step, late.reach, 'timed-out');
      fail(step, late, late.reach.rangSince === null ? 'no-seat' : 'no-answer');
    }
    return;
  }
  if (input.type === 'leg-silent') return mendOrMove(step, input.leg);
  if (input.type === 'leg-ended') {
    if (input.leg === callerOf(step.call)?.id) return becomeEnding(step, 'caller-left');
    const leg = step.call.legs.find((candidate) => candidate.id === input.leg && candidate.state === 'up');
    if (leg && !phase.invites.some((each) => each.reach.attempts.some((attempt) => attempt.leg === leg.id)))
      return partyLeft(step, leg, input);
  }
  for (const invited of phase.invites) {
    const progress = stepReach(step, invited.reach, input);
    if (progress.kind === 'ignored') continue;
    if (progress.kind === 'answered') return join(step, invited, progress.leg, progress.ringMs);
    if (progress.kind === 'failed') return fail(step, invited, progress.failure.reason);
    const { reach, news } = progress;
    if (news === 'ringing')
      step.fact('threeway.ringing', {
        request: reach.id,
        seat: reach.attempts.at(-1)?.seat ?? null,
        number: reach.attempts.at(-1)?.number ?? null,
      });
    if (news === 'placed') step.fact('threeway.queued', { request: reach.id, place: reach.place });
    if (step.call.phase.name === 'three-way')
      step.become({
        ...step.call.phase,
        invites: step.call.phase.invites.map((each) =>
          each.reach.id === reach.id ? { ...each, reach } : each,
        ),
      });
    return;
  }
}

/** TW1: caller and seat were talking all the while; nothing to give back. */
function fail(step: Step, invited: Invite, reason: string): void {
  step.untimer(`reach:${invited.reach.id}`);
  step.fact('threeway.failed', { request: invited.reach.id, to: invited.reach.to, reason });
  if (step.call.phase.name === 'three-way')
    step.become({ ...step.call.phase, invites: without(step.call.phase.invites, invited) });
  settle(step);
}

export function cancelInvites(step: Step, phase: ThreeWay): void {
  for (const invited of phase.invites) {
    cancelReach(step, invited.reach, 'cancelled');
    fail(step, invited, 'cancelled');
  }
}

/** A party hung up, was dropped or lost. The others stay (TW4). */
export function partyLeft(
  step: Step,
  leg: Leg,
  ended: Extract<CallInput, { type: 'leg-ended' }> | null,
): void {
  const lost = ended !== null && wasLost(step, leg, ended);
  step.fact('threeway.left', { seat: leg.seat, line: leg.line, platform: leg.platform, lost });
  dropParty(step, leg);
  // TW5: a dropped seat can no longer agree.
  if (leg.seat !== null && step.call.phase.name === 'three-way' && step.call.phase.outcome.deadline !== null)
    decideByDefault(step, 'seat gone');
  const left = talkers(step.call);
  if (left.length === 0) {
    if (lost) {
      if (step.call.phase.name === 'three-way') cancelInvites(step, step.call.phase);
      decideByDefault(step, 'seat lost');
      return becomeRequeued(step, 'seat-lost');
    }
    return becomeEnding(step, leg.seat === null ? 'target-left' : 'seat-left');
  }
  settle(step);
}

/** With one talker left and nobody being asked, it is an ordinary conversation again, once an outcome stands. */
export function settle(step: Step): void {
  const { phase } = step.call;
  if (phase.name !== 'three-way' || phase.invites.length > 0) return;
  const left = talkers(step.call);
  const [only] = left;
  // Whoever was consulting alone with somebody now gone is back with the caller.
  if (left.filter((leg) => leg.consulting).length < 2)
    step.changeLegs((leg) => leg.consulting, { consulting: false });
  if (left.length !== 1 || !only) return;
  if (phase.joined && phase.outcome.acceptedBy === null) {
    // The outcome stays owed: the last seat records it before it can end the call (TW4).
    if (only.seat !== null) return step.set({ owner: only.seat });
    decideByDefault(step, 'last seat left');
  }
  becomeTalking(step, only, 'three-way');
  if (phase.joined) step.fact('threeway.ended', { with: only.seat ?? only.line });
}
