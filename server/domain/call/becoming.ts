// The ways into the phases that several others lead to: talking, waiting again, three-way.
// It must not handle inputs; each phase's own file does.
import type { Platform, SeatId } from '../../protocol/words.ts';
import { answerCaller, noteSeat } from './party.ts';
import { openOutcome } from './outcome.ts';
import { beginReach } from './reach.ts';
import { legOf } from './state.ts';
import type { Invite, Leg, Reach, Transfer } from './state.ts';
import type { Step } from './step.ts';

export function becomeTalking(
  step: Step,
  leg: Leg,
  from: 'arrival' | 'transfer' | 'three-way' | 'returned',
): void {
  answerCaller(step);
  const { firstReceiver: before, answeredAt } = step.call;
  step.changeLeg(leg.id, { role: leg.seat === null ? 'target' : 'owner', held: false, consulting: false });
  // Whoever held the caller may be gone.
  step.changeLegs(({ role }) => role === 'caller', { held: false });
  const firstReceiver = before ?? leg.platform;
  step.set({ owner: leg.seat, firstReceiver, answeredAt: answeredAt ?? step.at, owed: false });
  step.untimer('waiting');
  noteSeat(step, leg);
  step.become({ name: 'talking' });
  if (from === 'arrival')
    step.fact(answeredAt === null ? 'call.answered' : 'call.reanswered', {
      seat: leg.seat,
      platform: leg.platform,
      waitMs: step.at - step.call.arrivedAt,
      firstReceiver,
    });
}

export function arrivalReach(step: Step, head: boolean, of: Platform | null = null): Reach {
  const platform = of ?? step.call.platform;
  const queue = step.rules.platform(platform)?.queue ?? step.call.queue;
  return beginReach(step, {
    to: { queue },
    route: { kind: 'queue', queue, platform },
    purpose: 'arrival',
    since: step.call.arrivedAt,
    head,
  });
}

/**
 * Without a seat again: to the head of the queue of the platform that had the caller last, first arrival time kept
 * (TR10, RC1).
 */
export function becomeRequeued(step: Step, reason: string, platform: Platform | null): void {
  const reach = arrivalReach(step, true, platform);
  const { to } = reach;
  step.fact('call.requeued', { reason, ...to });
  waitAgain(step, reach);
}

/** F18: taken and lost at once: the seat that handed over is asked first, and nobody else before it has answered. */
export function becomeReturned(step: Step, transfer: Transfer): void {
  const { from: seat, fromPlatform: platform } = transfer;
  const failure = { reason: 'target-gone' } as const;
  step.fact('transfer.failed', { transfer: transfer.id, to: transfer.to, ...failure, afterAcceptance: true });
  step.set({ lastTransfer: { transfer, state: 'failed', failure } });
  const first = legOf(step.call, transfer.fromLeg);
  if (first) {
    // So soon that it has not been hung up yet.
    step.untimer(`leave:${first.id}`);
    step.changeLeg(first.id, { leaving: false });
    step.fact('transfer.returned', { transfer: transfer.id, seat, reason: failure.reason });
    becomeTalking(step, first, 'returned');
    return;
  }
  if (seat === '') {
    becomeRequeued(step, 'target-lost', platform);
    return;
  }
  const reach = beginReach(step, {
    to: { seat },
    route: { kind: 'seat', seat, platform },
    purpose: 'arrival',
    since: step.call.arrivedAt,
    head: true,
    resume: true,
  });
  step.fact('transfer.returning', { transfer: transfer.id, seat });
  waitAgain(step, reach);
}

/** RC1: the seat may have been loaded anew: the caller waits for it alone, and for nobody else before its time is over. */
export function becomeDeserted(step: Step, leg: Leg, seat: SeatId): void {
  const platform = leg.platform ?? step.call.platform;
  const until = (leg.away ?? step.at) + step.rules.timers.resumeSeconds * 1000;
  if (until <= step.at) {
    becomeRequeued(step, 'seat-lost', leg.platform);
    return;
  }
  const reach = beginReach(step, {
    to: { seat },
    route: { kind: 'seat', seat, platform },
    purpose: 'arrival',
    since: step.call.arrivedAt,
    head: true,
    resume: true,
    until,
  });
  step.fact('call.seat-lost', { seat, platform, waitsMs: until - step.at });
  waitAgain(step, reach);
}

function waitAgain(step: Step, reach: Reach): void {
  answerCaller(step);
  step.set({ owner: null, owed: true });
  step.changeLegs(({ role }) => role === 'caller', { held: false, consulting: false });
  step.timer('waiting', step.rules.waitingSeconds);
  step.become({ name: 'queued', reach });
}

export function becomeThreeWay(
  step: Step,
  invites: readonly Invite[],
  consult: Transfer | null = null,
): void {
  step.become({ name: 'three-way', invites, outcome: openOutcome, joined: false, consult });
}
