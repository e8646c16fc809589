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
import type { CallInput } from './inputs.ts';
import { becomeRequeued, becomeTalking, becomeThreeWay } from './becoming.ts';
import { becomeEnding } from './ending.ts';
import { DANGER_PLATFORM, decideDanger } from './outcome.ts';
import { beginReach, cancelReach, stepReach } from './reach.ts';
import type { Progress } from './reach.ts';
import { callerOf, seatLeg } from './state.ts';
import type { Failure, Leg, Reach, Transfer } from './state.ts';
import type { Step } from './step.ts';
import { dropParty } from './party.ts';
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
  const danger = (wish.danger ?? false) && toPlatform === DANGER_PLATFORM;
  const reach = beginReach(step, {
    to: wish.to,
    route,
    purpose: 'transfer',
    since: step.at,
    head: danger,
    all: danger,
    except: leg.seat === null ? [] : [leg.seat],
  });
  const transfer: Transfer = {
    id: reach.id,
    to: wish.to,
    toPlatform,
    mode: wish.mode,
    from: leg.seat ?? '',
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
    danger,
    ...(wish.note === undefined ? {} : { note: wish.note }),
    ...(wish.reason === undefined ? {} : { reason: wish.reason }),
  });
  step.timer(
    'transfer',
    route.kind === 'seat' ? step.rules.timers.transferSeatSeconds : step.rules.timers.transferLineSeconds,
  );
  step.changeLegs(({ role }) => role === 'caller', { held: false });
  step.become({ name: 'transferring', transfer, reach });
  return null;
}

export function stepTransferring(step: Step, transfer: Transfer, reach: Reach, input: CallInput): void {
  if (input.type === 'timer' && input.name === 'transfer') {
    cancelReach(step, reach, 'timed-out');
    const failure: Failure = reach.lastFailure ?? {
      reason: reach.rangSince === null ? 'no-seat' : 'no-answer',
    };
    return fail(step, transfer, failure);
  }
  if (input.type === 'leg-ended') {
    if (input.leg === callerOf(step.call)?.id) return becomeEnding(step, 'caller-left');
    const first = step.call.legs.find(
      (leg) => leg.id === input.leg && leg.seat === transfer.from && leg.role === 'owner',
    );
    if (first) return orphan(step, transfer, reach, first);
    const other = step.call.legs.find(
      (leg) => leg.id === input.leg && !reach.attempts.some((attempt) => attempt.leg === leg.id),
    );
    if (other) return dropParty(step, other);
  }
  follow(step, transfer, stepReach(step, reach, input));
}

/** TR10: the first seat is gone; the target goes on ringing, and what fails now leads up the ladder. */
function orphan(step: Step, transfer: Transfer, reach: Reach, first: Leg): void {
  dropParty(step, first);
  step.set({ owner: null, owed: true });
  step.fact('transfer.orphaned', { transfer: transfer.id, seat: transfer.from });
  step.become({ name: 'transferring', transfer: { ...transfer, orphaned: true }, reach });
}

function follow(step: Step, transfer: Transfer, progress: Progress): void {
  switch (progress.kind) {
    case 'ignored':
      return;
    case 'pending': {
      const { reach, news } = progress;
      if (news === 'placed') step.fact('transfer.queued', { transfer: transfer.id, place: reach.place });
      if (news === 'ringing')
        step.fact('transfer.ringing', {
          transfer: transfer.id,
          seat: reach.attempts.at(-1)?.seat ?? null,
          number: reach.attempts.at(-1)?.number ?? null,
        });
      if (news === 'attempt-failed')
        step.fact('transfer.attempt-failed', { transfer: transfer.id, ...reach.lastFailure });
      return step.become({ name: 'transferring', transfer, reach });
    }
    case 'answered':
      return accept(step, transfer, progress.reach, progress.leg, progress.ringMs);
    case 'failed':
      return fail(step, transfer, progress.failure);
  }
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
  const first = seatLeg(step.call, transfer.from);
  if (first && (transfer.danger || transfer.mode === 'consult')) {
    // TR14: with danger the first seat stays; in consult mode the seats talk alone until the first one leaves or merges.
    becomeThreeWay(step, []);
    join(step, { reach, toPlatform: transfer.toPlatform, by: transfer.from }, target, ringMs);
    if (transfer.danger) decideDanger(step);
    else step.changeLegs((leg) => leg.id === first.id || leg.id === target.id, { consulting: true });
    return;
  }
  if (first) {
    // TR5: a tone tells the first seat that it is done.
    step.order({ type: 'beep', leg: first.id });
    step.hangUp(first.id);
    dropParty(step, first);
  }
  becomeTalking(step, target, 'transfer');
}

function fail(step: Step, transfer: Transfer, failure: Failure): void {
  step.untimer('transfer');
  step.fact('transfer.failed', { transfer: transfer.id, to: transfer.to, ...failure });
  step.set({ lastTransfer: { transfer, state: 'failed', failure } });
  giveBack(step, transfer, failure.reason);
}

/** I8: a transfer that did not finish gives the caller back: to the first seat, or to the head of the source queue (TR10). */
function giveBack(step: Step, transfer: Transfer, reason: string): void {
  const first = seatLeg(step.call, transfer.from);
  if (first?.state === 'up') {
    step.fact('transfer.returned', { transfer: transfer.id, seat: transfer.from, reason });
    return becomeTalking(step, first, 'returned');
  }
  step.fact('transfer.escalated', { transfer: transfer.id, rung: 'source-queue', queue: step.call.queue });
  becomeRequeued(step, 'transfer-failed');
}

export function cancelTransfer(step: Step, transfer: Transfer, reach: Reach): void {
  step.untimer('transfer');
  cancelReach(step, reach, 'cancelled');
  step.fact('transfer.cancelled', { transfer: transfer.id });
  step.set({ lastTransfer: { transfer, state: 'cancelled', failure: null } });
  giveBack(step, transfer, 'cancelled');
}

/** TR9: the transfer becomes a three-way while the target still rings; caller and first seat talk meanwhile. */
export function mergeTransfer(step: Step, transfer: Transfer, reach: Reach): void {
  step.untimer('transfer');
  step.fact('transfer.merged', { transfer: transfer.id });
  const attempting = new Set(reach.attempts.map((attempt) => attempt.leg));
  step.changeLegs((leg) => attempting.has(leg.id), { role: 'consulted' });
  becomeThreeWay(step, [
    { reach: { ...reach, purpose: 'three-way' }, toPlatform: transfer.toPlatform, by: transfer.from },
  ]);
}
