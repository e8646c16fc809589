// What is done to one party of a call: the caller answered or gone, a seat noted, a party gone. Used by every phase.
// It must not change the phase, but for the caller's own end.
import type { LegId } from '../../protocol/words.ts';
import type { CallInput } from './inputs.ts';
import { becomeEnding } from './ending.ts';
import { deadMan } from './media.ts';
import { callerOf, isParty, talkers } from './state.ts';
import type { Leg } from './state.ts';
import type { Step } from './step.ts';

type Ended = Extract<CallInput, { type: 'leg-ended' }>;

export function answerCaller(step: Step): void {
  const caller = callerOf(step.call);
  if (caller?.state !== 'waiting') return;
  step.untimer('ringing-answer');
  step.order({ type: 'answer', leg: caller.id });
  step.changeLeg(caller.id, { state: 'up', since: step.at });
  // The 180 ends by itself with the answer, but where the channel was up already (a crash in between) it is a tone in band.
  const place = step.call.placed[caller.id];
  if (!place) return;
  step.order({ type: 'ringing', leg: caller.id, on: false });
  step.set({ placed: { ...step.call.placed, [caller.id]: { ...place, hearing: 'nothing' } } });
}

/** The caller is gone: everything else of the call goes too (CL5). */
export function callerGone(step: Step, caller: Leg, input: Ended): void {
  const { phase, owed, lastTransfer, callBack } = step.call;
  const waiting = phase.name === 'arriving' || phase.name === 'queued' || phase.name === 'offering';
  const target = talkers(step.call).find((leg) => leg.id !== lastTransfer?.transfer.fromLeg);
  // TR11: gone just as the target answered: its screen says so and keeps what a call-back needs.
  if (target && lastTransfer?.state === 'accepted' && justUp(step, target))
    step.fact('transfer.caller-lost', {
      transfer: lastTransfer.transfer.id,
      seat: target.seat,
      line: target.line,
      number: step.call.caller.number,
      class: step.call.tag?.class ?? 'general',
      summary: step.call.tag?.summary ?? '',
    });
  step.dropLeg(caller.id);
  if (phase.name === 'rating') {
    becomeEnding(step, phase.reason);
    return;
  }
  // Its place is kept, and it is called back when its turn has come.
  if (waiting && callBack === 'wanted') {
    becomeEnding(step, 'call-back-kept');
    return;
  }
  // SV5: cut off, not gone by itself.
  if (input.how !== undefined) becomeEnding(step, 'connection-lost', true);
  else if (waiting) becomeEnding(step, owed ? 'gave-up-after-loss' : 'abandoned', owed);
  else becomeEnding(step, 'caller-left', owed && step.call.owner === null);
}

const justUp = (step: Step, leg: Leg): boolean => step.at - leg.since < step.rules.tooShortSeconds * 1000;

/** Remembers who has taken the call; more than the site's limit brings in a supervisor (TR13). */
export function noteSeat(step: Step, leg: Leg): void {
  if (leg.seat === null || step.call.seats.includes(leg.seat)) return;
  step.set({ seats: [...step.call.seats, leg.seat] });
  if (step.call.seats.length > step.rules.maxSeats)
    step.fact('alarm.many-handovers', { seats: step.call.seats });
}

/**
 * A phone's BYE (Q.850 16) ends the talk as the seat's own act; anything else is a lost connection, and so is a party gone
 * within seconds of its answer (F18): the caller is not to pay for either.
 */
export const wasLost = (step: Step, leg: Leg, input: Ended): boolean =>
  input.how !== undefined || (input.cause !== 16 && input.cause !== 0) || justUp(step, leg);

/** The party's channel is gone: its seat goes to wrap-up. */
export function dropParty(step: Step, leg: Leg, lost = false): void {
  step.untimer(`away:${leg.id}`);
  step.dropLeg(leg.id);
  if (leg.seat !== null) step.release(leg.seat, leg.state === 'up' && isParty(leg), lost);
}

/** Asterisk plays nothing to a leg in a bridge, and carries out nothing for it before that is played. */
function standAlone(step: Step, id: LegId): void {
  const place = step.call.placed[id];
  const inside = place?.hearing.startsWith('bridge:') === true;
  // Found by a comparison, the state before it may be older than what was ordered (SV4).
  if (!place || (!inside && place.hearing !== 'unknown' && !step.recovered)) return;
  const bridges = inside ? [place.hearing.slice('bridge:'.length)] : step.call.bridges;
  for (const bridge of bridges) step.order({ type: 'bridge-remove', bridge, legs: [id] });
  if (!inside) return;
  step.order({ type: 'dead-man', leg: id, seconds: deadMan(step, id) });
  step.set({ placed: { ...step.call.placed, [id]: { ...place, hearing: 'nothing', armed: true } } });
}

/** TR5: a tone tells the seat that it is done; a moment later it is hung up and in wrap-up. */
export function sayFarewell(step: Step, leg: Leg): void {
  step.changeLeg(leg.id, { leaving: true, held: false, consulting: false });
  standAlone(step, leg.id);
  step.order({ type: 'beep', leg: leg.id });
  step.timer(`leave:${leg.id}`, step.rules.farewellSeconds);
}
