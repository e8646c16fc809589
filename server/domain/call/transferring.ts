// One-click transfer (R1, R2): the caller hears ringing or music, the first seat stays, until a seat of the target answers.
//
//   requested ─► (queued with place) ─► ringing ─► accepted: caller + target talk, the first seat goes to wrap-up
//        └─► failed | cancelled: caller and first seat talk again; first seat gone meanwhile: the ladder (TR10)
//
// It must not let the caller go: every way out of here leads to a seat, to the queue's head, or to the caller's own end.
import type { TransferWish } from '../../protocol/commands.ts';
import type { Actor } from '../../protocol/words.ts';
import { refuse } from '../decision.ts';
import type { Refused } from '../decision.ts';
import { reachSeconds } from './attempt.ts';
import type { CallInput } from './inputs.ts';
import { becomeRequeued, becomeTalking, becomeThreeWay } from './becoming.ts';
import { DANGER_PLATFORM, decideDanger } from './outcome.ts';
import { beginReach, cancelReach, stepReach, timeOver } from './reach.ts';
import type { Progress } from './reach.ts';
import { attemptOf, legOf, talkers } from './state.ts';
import type { Failure, Leg, Reach, Transfer } from './state.ts';
import type { Step } from './step.ts';
import { dropParty, noteSeat, sayFarewell } from './party.ts';
import { partyLeft, settle } from './parting.ts';
import { mendOrMove } from './talking.ts';
import { join } from './three-way.ts';

export function startTransfer(step: Step, actor: Actor, leg: Leg, wish: TransferWish): Refused | null {
  const { call } = step;
  const route = step.rules.route(wish.to);
  if (!route) return refuse('unknown-target', 'to');
  if (route.kind === 'seat' && route.seat === leg.seat) return refuse('same-platform-seat', 'to');
  const fromPlatform = leg.platform ?? call.platform;
  const toPlatform = route.kind === 'trunk' ? null : route.platform;
  const last = call.handovers.at(-1);
  // TR13: straight back where it came from needs a reason that the other side can read.
  if (last && last.from === toPlatform && last.to === fromPlatform && last.from !== last.to && !wish.reason)
    return refuse('transfer-loop', 'reason');
  if (wish.danger === true) step.set({ danger: true });
  const danger = wish.danger === true && toPlatform === DANGER_PLATFORM;
  const except = leg.seat === null ? [] : [leg.seat];
  const reach = beginReach(step, {
    to: wish.to,
    route,
    purpose: 'transfer',
    head: danger,
    all: danger,
    except,
  });
  const transfer: Transfer = {
    id: reach.id,
    to: wish.to,
    toPlatform,
    mode: wish.mode,
    from: leg.seat ?? '',
    fromLeg: leg.id,
    fromPlatform,
    actor: actor.user,
    note: wish.note ?? null,
    reason: wish.reason ?? null,
    danger,
    startedAt: step.at,
    orphaned: false,
  };
  step.fact('transfer.started', {
    transfer: transfer.id,
    to: wish.to,
    from: leg.seat,
    fromPlatform,
    toPlatform,
    mode: wish.mode,
    class: call.tag?.class ?? 'general',
    danger: wish.danger ?? false,
    ...(wish.note === undefined ? {} : { note: wish.note }),
    ...(wish.reason === undefined ? {} : { reason: wish.reason }),
  });
  step.timer('transfer', reachSeconds(step.rules, route));
  step.changeLegs(() => true, { held: false });
  step.become({ name: 'transferring', transfer, reach });
  return null;
}

export function stepTransferring(step: Step, transfer: Transfer, reach: Reach, input: CallInput): void {
  if (input.type === 'timer' && input.name === 'transfer') {
    cancelReach(step, reach, 'timed-out');
    fail(step, transfer, timeOver(reach));
    return;
  }
  if (input.type === 'leg-silent') {
    mendOrMove(step, input.leg);
    return;
  }
  if (input.type === 'leg-ended' && !attemptOf(step.call, input.leg)) {
    const leg = legOf(step.call, input.leg);
    if (leg?.id === transfer.fromLeg) {
      orphan(step, transfer, reach, leg);
      return;
    }
    if (leg) dropParty(step, leg);
    return;
  }
  follow(step, transfer, stepReach(step, reach, input));
}

/** TR10: the first seat is gone; the target goes on ringing, and what fails now leads up the ladder. */
function orphan(step: Step, transfer: Transfer, reach: Reach, first: Leg): void {
  dropParty(step, first);
  step.set({ owner: null, owed: true });
  step.fact('transfer.orphaned', { transfer: transfer.id, to: transfer.to, seat: first.seat });
  step.become({ name: 'transferring', transfer: { ...transfer, orphaned: true }, reach });
}

function follow(step: Step, transfer: Transfer, progress: Progress): void {
  switch (progress.kind) {
    case 'ignored':
      return;
    case 'pending':
      tell(step, transfer, progress);
      {
        step.become({ name: 'transferring', transfer, reach: progress.reach });
        return;
      }
    case 'answered': {
      accept(step, transfer, progress.reach, progress.leg, progress.ringMs);
      return;
    }
    case 'failed': {
      fail(step, transfer, progress.failure);
      return;
    }
  }
}

/** TR2: what the first seat's phone and screen show of the target. */
function tell(
  step: Step,
  { id, orphaned }: Transfer,
  progress: Extract<Progress, { kind: 'pending' }>,
): void {
  const { reach, news, ringing } = progress;
  if (news === 'placed') step.fact('transfer.queued', { transfer: id, place: reach.place });
  if (ringing) step.fact('transfer.ringing', { transfer: id, seat: ringing.seat, number: ringing.number });
  // An attempt of a queue has failed "while others remain" (TR6) only once the floor has offered another.
  const next = news === 'next' || (news === 'offered' && !reach.wish.all && reach.tried > 1);
  if (!next) return;
  step.fact('transfer.attempt-failed', { transfer: id, ...reach.lastFailure });
  const rung = reach.route.kind === 'trunk' ? 'next-number' : 'next-seat';
  if (orphaned) step.fact('transfer.escalated', { transfer: id, rung });
}

/** R2: a seat of the target has answered. This instant is the acceptance. */
function accept(step: Step, transfer: Transfer, reach: Reach, target: Leg, ringMs: number): void {
  step.untimer('transfer');
  step.fact('transfer.accepted', {
    transfer: transfer.id,
    seat: target.seat,
    line: target.line,
    platform: target.platform,
    from: transfer.from,
    ringMs,
    requestToAnswerMs: step.at - transfer.startedAt,
  });
  const to = target.platform ?? target.line ?? '';
  step.set({
    handovers: [...step.call.handovers, { from: transfer.fromPlatform, to }],
    lastTransfer: { transfer, state: 'accepted', failure: null },
  });
  const first = legOf(step.call, transfer.fromLeg);
  if (first && transfer.danger) {
    // TR14: the first seat stays.
    becomeThreeWay(step, []);
    join(step, reach, target, ringMs);
    decideDanger(step);
    return;
  }
  if (first && transfer.mode === 'consult') {
    // The seats talk alone until the first one leaves (handed over), merges or cancels.
    becomeThreeWay(step, [], transfer);
    noteSeat(step, target);
    step.changeLeg(target.id, { role: 'consulted' });
    step.changeLegs(({ id }) => id === first.id || id === target.id, { consulting: true });
    return;
  }
  if (first) sayFarewell(step, first);
  becomeTalking(step, target, 'transfer');
}

function fail(step: Step, transfer: Transfer, failure: Failure): void {
  step.untimer('transfer');
  step.fact('transfer.failed', { transfer: transfer.id, to: transfer.to, ...failure });
  if (transfer.danger) step.fact('alarm.danger-unanswered', { transfer: transfer.id, to: transfer.to });
  step.set({ lastTransfer: { transfer, state: 'failed', failure } });
  giveBack(step, transfer, failure.reason);
}

/** I8: a transfer that did not finish gives the caller back: to the first seat, or to the head of the source queue (TR10). */
function giveBack(step: Step, transfer: Transfer, reason: string): void {
  const first = legOf(step.call, transfer.fromLeg);
  if (first) {
    step.fact('transfer.returned', { transfer: transfer.id, seat: transfer.from, reason });
    becomeTalking(step, first, 'returned');
    return;
  }
  step.fact('transfer.escalated', {
    transfer: transfer.id,
    rung: 'source-queue',
    platform: transfer.fromPlatform,
  });
  becomeRequeued(step, 'transfer-failed', transfer.fromPlatform);
}

export function cancelTransfer(step: Step, transfer: Transfer, reach: Reach): void {
  step.untimer('transfer');
  cancelReach(step, reach, 'cancelled');
  step.fact('transfer.cancelled', { transfer: transfer.id });
  step.set({ lastTransfer: { transfer, state: 'cancelled', failure: null } });
  giveBack(step, transfer, 'cancelled');
}

/** The first seat has spoken with the target and keeps the caller: the target goes. */
export function cancelConsult(step: Step, transfer: Transfer): void {
  step.fact('transfer.cancelled', { transfer: transfer.id });
  step.set({
    lastTransfer: { transfer, state: 'cancelled', failure: null },
    handovers: step.call.handovers.slice(0, -1),
  });
  for (const leg of talkers(step.call)) {
    if (leg.id === transfer.fromLeg) continue;
    step.hangUp(leg.id);
    partyLeft(step, leg, 'dropped');
  }
  settle(step);
}

/** TR9: the transfer becomes a three-way while the target still rings; caller and first seat talk meanwhile. */
export function mergeTransfer(step: Step, transfer: Transfer, reach: Reach): void {
  step.untimer('transfer');
  step.fact('transfer.merged', { transfer: transfer.id });
  const attempting = new Set(reach.attempts.map((attempt) => attempt.leg));
  step.changeLegs((leg) => attempting.has(leg.id), { role: 'consulted' });
  const left = reachSeconds(step.rules, reach.route) - (step.at - reach.startedAt) / 1000;
  step.timer(`reach:${reach.id}`, Math.max(1, left));
  const { toPlatform, from: by } = transfer;
  becomeThreeWay(step, [{ reach: { ...reach, purpose: 'three-way' }, toPlatform, by }]);
}
