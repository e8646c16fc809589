// A party leaves: by its own act, by losing its connection, or dropped by another. Whoever is left stays with the caller (TW4).
// It must not hang up the caller but where the last to leave did so on purpose (CL4).
import { becomeDeserted, becomeRequeued, becomeReturned, becomeTalking } from './becoming.ts';
import { becomeEnding } from './ending.ts';
import { decideByDefault } from './outcome.ts';
import { dropParty } from './party.ts';
import { becomeAfterTalk } from './rating.ts';
import { cancelReach } from './reach.ts';
import { reachSeconds } from './attempt.ts';
import { talkers } from './state.ts';
import type { Invite, Leg, Transfer } from './state.ts';
import type { Step } from './step.ts';

/** `left`: its own act. `lost`: its connection. `dropped`: put out by somebody else. `faulty`: its phone gives no sound (CL9). */
export type Parting = 'left' | 'lost' | 'dropped' | 'faulty';

/** The leg's channel is gone or being hung up. */
export function partyLeft(step: Step, leg: Leg, how: Parting): void {
  const { phase, lastTransfer } = step.call;
  const tooShort = step.at - leg.since < step.rules.tooShortSeconds * 1000;
  dropParty(step, leg, how === 'lost');
  if (phase.name === 'three-way') threeWayLeft(step, leg, how);
  const [next] = talkers(step.call);
  if (next) {
    if (step.call.owner === leg.seat) step.set({ owner: next.seat });
    settle(step);
    return;
  }
  if (phase.name === 'three-way') {
    const [ringing] = phase.invites;
    if (ringing) {
      leaveRinging(step, leg, phase.invites, ringing);
      return;
    }
  }
  if (how === 'left') {
    if (leg.seat === null) becomeEnding(step, 'target-left');
    else becomeAfterTalk(step, 'seat-left', leg);
    return;
  }
  decideByDefault(step, 'seat lost');
  const taken = lastTransfer?.state === 'accepted' && lastTransfer.transfer.from !== leg.seat;
  if (phase.name === 'talking' && taken && tooShort) {
    becomeReturned(step, lastTransfer.transfer);
    return;
  }
  // Gone as soon as it came, or put out: not to be asked again.
  if (how === 'lost' && leg.seat !== null && !tooShort) becomeDeserted(step, leg, leg.seat);
  else becomeRequeued(step, leg.seat === null ? `target-${how}` : `seat-${how}`, leg.platform);
}

function threeWayLeft(step: Step, leg: Leg, how: Parting): void {
  step.fact('threeway.left', {
    seat: leg.seat,
    line: leg.line,
    platform: leg.platform,
    lost: how === 'lost',
    how,
  });
  const { phase } = step.call;
  if (phase.name === 'three-way' && phase.consult && phase.consult.fromLeg !== leg.id && how !== 'dropped')
    consultFailed(step, phase.consult);
  // TW5: a dropped seat can no longer agree; one that left had its say.
  if (leg.seat !== null && how === 'lost') decideByDefault(step, 'seat lost');
}

/** The target spoke with the first seat and went: the caller was never its own. */
function consultFailed(step: Step, transfer: Transfer): void {
  const failure = { reason: 'target-gone' } as const;
  step.fact('transfer.failed', { transfer: transfer.id, to: transfer.to, ...failure, afterAcceptance: true });
  step.set({
    lastTransfer: { transfer, state: 'failed', failure },
    handovers: step.call.handovers.slice(0, -1),
  });
}

/** TR10: the target goes on ringing, in a transfer nobody holds any more. The first one asked has the caller's place. */
function leaveRinging(step: Step, leg: Leg, invites: readonly Invite[], invited: Invite): void {
  decideByDefault(step, 'last seat left');
  for (const other of invites) if (other !== invited) endInvite(step, other, 'cancelled');
  step.untimer(`reach:${invited.reach.id}`);
  const { reach } = invited;
  const left = reachSeconds(step.rules, reach.route) - (step.at - reach.startedAt) / 1000;
  step.timer('transfer', Math.max(1, left));
  const transfer: Transfer = {
    id: reach.id,
    to: reach.to,
    toPlatform: invited.toPlatform,
    mode: 'one-click',
    from: leg.seat ?? '',
    fromLeg: leg.id,
    fromPlatform: leg.platform ?? step.call.platform,
    actor: leg.seat ?? '',
    note: null,
    reason: null,
    danger: false,
    startedAt: reach.startedAt,
    orphaned: true,
  };
  step.set({ owner: null, owed: true });
  step.fact('transfer.orphaned', { transfer: transfer.id, to: transfer.to, seat: leg.seat });
  step.changeLegs(({ role }) => role === 'caller', { held: false });
  step.become({ name: 'transferring', transfer, reach: { ...reach, purpose: 'transfer' } });
}

/** Stops asking. The phase's list of invites is the asker's to change. */
export function endInvite(step: Step, invited: Invite, reason: 'cancelled' | 'timed-out'): void {
  cancelReach(step, invited.reach, reason);
  step.untimer(`reach:${invited.reach.id}`);
  if (reason === 'cancelled')
    step.fact('threeway.failed', { request: invited.reach.id, to: invited.reach.to, reason });
}

/** With one talker left and nobody being asked, it is an ordinary conversation again, once an outcome stands. */
export function settle(step: Step): void {
  const { phase } = step.call;
  if (phase.name !== 'three-way') return;
  const left = talkers(step.call);
  // Whoever was consulting alone with somebody now gone is back with the caller.
  if (left.filter((leg) => leg.consulting).length < 2)
    step.changeLegs((leg) => leg.consulting, { consulting: false });
  const seats = left.filter((leg) => leg.seat !== null);
  if (seats.length === 0) decideByDefault(step, 'last seat left');
  const [only] = left;
  if (phase.invites.length > 0 || left.length !== 1 || !only) return;
  // Whoever held the caller may be the one who left.
  step.changeLegs(({ role }) => role === 'caller', { held: false });
  // The outcome stays owed: the last seat records it before it can end the call (TW4).
  if (phase.joined && outcomeOpen(step)) return;
  becomeTalking(step, only, 'three-way');
  if (phase.joined) step.fact('threeway.ended', { with: only.seat ?? only.line });
}

/** R4: somebody joined, and nobody has said yet who accepts. */
export function outcomeOpen(step: Step): boolean {
  const { phase } = step.call;
  return phase.name === 'three-way' && phase.joined && phase.outcome.acceptedBy === null;
}
