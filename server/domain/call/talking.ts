// Caller and one seat (or one outside line) in conversation. Entered from an offer, a transfer, a three-way's end.
// It must not order bridges or music: media.ts follows the legs.
import type { CallInput } from './inputs.ts';
import { partyLeft } from './parting.ts';
import { dropParty, wasLost } from './party.ts';
import { legOf, talkers } from './state.ts';
import type { Step } from './step.ts';

export function stepTalking(step: Step, input: CallInput): void {
  if (input.type === 'leg-silent') {
    mendOrMove(step, input.leg);
    return;
  }
  if (input.type !== 'leg-ended') return;
  const leg = legOf(step.call, input.leg);
  if (!leg) return;
  if (talkers(step.call).some(({ id }) => id === leg.id)) {
    partyLeft(step, leg, wasLost(step, leg, input) ? 'lost' : 'left');
    return;
  }
  dropParty(step, leg);
}

/** CL9: a leg up without sound is put in place anew once; silent again, the caller goes to the next seat. */
export function mendOrMove(step: Step, id: string): void {
  const leg = legOf(step.call, id);
  if (leg?.state !== 'up' || leg.leaving) return;
  const times = step.call.mended.filter((mended) => mended === id).length;
  // Said and tried; a silent line in a conference is the parties' own to drop.
  if (times > 1) return;
  step.fact('alarm.media-fault', { leg: id, role: leg.role, seat: leg.seat, mended: times === 0 });
  step.set({ mended: [...step.call.mended, id] });
  const place = step.call.placed[id];
  if (times === 0 && place) {
    step.set({ placed: { ...step.call.placed, [id]: { ...place, hearing: 'unknown' } } });
    return;
  }
  if (times === 0 || leg.role === 'caller' || step.call.phase.name !== 'talking') return;
  step.hangUp(id);
  partyLeft(step, leg, 'faulty');
}
