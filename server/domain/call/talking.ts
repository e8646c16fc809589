// Caller and one seat (or one outside line) in conversation. Entered from an offer, a transfer, a three-way's end.
// It must not order bridges or music: media.ts follows the legs.
import type { CallInput } from './inputs.ts';
import { becomeRequeued } from './becoming.ts';
import { becomeEnding } from './ending.ts';
import { callerOf, talkers } from './state.ts';
import { dropParty, wasLost } from './party.ts';
import type { Step } from './step.ts';

export function stepTalking(step: Step, input: CallInput): void {
  if (input.type === 'leg-ended') return legEnded(step, input);
  if (input.type === 'leg-silent') return mendOrMove(step, input.leg);
}

function legEnded(step: Step, input: Extract<CallInput, { type: 'leg-ended' }>): void {
  const { call } = step;
  if (input.leg === callerOf(call)?.id) return becomeEnding(step, 'caller-left');
  const leg = call.legs.find((candidate) => candidate.id === input.leg);
  if (!leg) return;
  dropParty(step, leg);
  if (leg.role === 'supervisor') return;
  const [left] = talkers(step.call);
  if (left) return;
  if (wasLost(step, leg, input)) return becomeRequeued(step, leg.seat === null ? 'target-lost' : 'seat-lost');
  becomeEnding(step, leg.seat === null ? 'target-left' : 'seat-left');
}

/** CL9: a leg up without sound is put in place anew once; silent again, the caller goes to the next seat. */
export function mendOrMove(step: Step, id: string): void {
  const leg = step.call.legs.find((candidate) => candidate.id === id);
  if (leg?.state !== 'up') return;
  const again = step.call.mended.includes(id);
  step.fact('alarm.media-fault', { leg: id, role: leg.role, seat: leg.seat, mended: !again });
  if (!again) {
    const { [id]: _placed, ...placed } = step.call.placed;
    return step.set({ placed, mended: [...step.call.mended, id] });
  }
  if (leg.role === 'caller' || step.call.phase.name !== 'talking') return;
  step.hangUp(id);
  dropParty(step, leg);
  becomeRequeued(step, 'media-fault');
}
