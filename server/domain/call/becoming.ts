// The ways into the phases that several others lead to: talking, waiting again, three-way.
// It must not handle inputs; each phase's own file does.
import { answerCaller, noteSeat } from './party.ts';
import { openOutcome } from './outcome.ts';
import { beginReach } from './reach.ts';
import type { Invite, Leg, Reach } from './state.ts';
import type { Step } from './step.ts';

export function becomeTalking(
  step: Step,
  leg: Leg,
  from: 'arrival' | 'transfer' | 'three-way' | 'returned',
): void {
  answerCaller(step);
  step.changeLeg(leg.id, { role: leg.seat === null ? 'target' : 'owner', held: false, consulting: false });
  const { call } = step;
  const firstReceiver = call.firstReceiver ?? leg.platform;
  step.set({ owner: leg.seat, firstReceiver, answeredAt: call.answeredAt ?? step.at, owed: false });
  noteSeat(step, leg);
  step.become({ name: 'talking' });
  if (from === 'arrival')
    step.fact('call.answered', {
      seat: leg.seat,
      platform: leg.platform,
      waitMs: step.at - call.arrivedAt,
      firstReceiver,
    });
}

export const arrivalReach = (step: Step, head: boolean, except: readonly string[] = []): Reach =>
  beginReach(step, {
    to: { queue: step.call.queue },
    route: { kind: 'queue', queue: step.call.queue, platform: step.call.platform },
    purpose: 'arrival',
    since: step.call.arrivedAt,
    head,
    all: false,
    except,
  });

/** Without a seat again: to the head of its own queue, first arrival time kept (TR10, RC1). */
export function becomeRequeued(step: Step, reason: string): void {
  answerCaller(step);
  step.fact('call.requeued', { reason, queue: step.call.queue });
  step.set({ owner: null, owed: true });
  const reach = arrivalReach(step, true);
  step.become({ name: 'queued', reach });
}

export function becomeThreeWay(step: Step, invites: readonly Invite[]): void {
  step.become({ name: 'three-way', invites, outcome: openOutcome, joined: false });
}
