// An order the world did not carry out: what it concerned is put in place anew, soon, then less and less often (CL2).
// It must not decide anything about the call's phase; a leg that is gone says so itself.
import type { CallInput } from './inputs.ts';
import { answerCaller } from './party.ts';
import { cannotSay, quiet } from './saying.ts';
import { isParty, legOf } from './state.ts';
import type { Placed } from './state.ts';
import type { Step } from './step.ts';

const firstSeconds = 0.1;
const mostSeconds = 2;
/** Asterisk's answer when a bridge of that name is there already. */
const conflict = 409;
/** Asterisk's answers when a channel is gone: to a bridge's order, to the channel's own. */
const nobodyThere: readonly number[] = [400, 404];

type Failed = Extract<CallInput, { type: 'effect-failed' }>;

export function failed(step: Step, input: Failed): void {
  const { call } = step;
  // One add carries all legs of a bridge, and none of them is in it when it fails, whichever is named and gone since.
  const aboutBridge = input.leg === null || input.effect.startsWith('bridge-');
  if (input.leg !== null && !aboutBridge && !legOf(call, input.leg)) return;
  if (input.effect === 'bridge-make' && input.status === conflict) return;
  const leg = input.leg === null ? undefined : legOf(call, input.leg);
  const { saying } = call;
  quiet(step);
  if (input.effect === 'say') {
    if (saying) cannotSay(step, saying.sounds);
    return;
  }
  // Somebody hung up while the order was on its way: its end follows. What fails again is a fault, and people see it.
  const again = call.failures > 0 && call.timers.mend === undefined;
  if (again || !nobodyThere.includes(input.status))
    step.fact('alarm.order-failed', {
      order: input.effect,
      leg: input.leg,
      status: input.status,
      ...(leg && !isParty(leg) ? { hidden: true } : {}),
    });
  if (input.effect === 'answer' && leg?.state === 'up') {
    step.changeLeg(leg.id, { state: 'waiting' });
    step.timer('ringing-answer', firstSeconds);
  }
  const unsure = (id: string, place: Placed): Placed => {
    if (!(aboutBridge ? place.hearing.startsWith('bridge:') : id === input.leg)) return place;
    if (input.effect === 'mute') return { ...place, muted: !place.muted };
    if (input.effect === 'dead-man') return { ...place, armed: !place.armed };
    return { ...place, hearing: 'unknown' };
  };
  step.set({
    placed: Object.fromEntries(Object.entries(call.placed).map(([id, place]) => [id, unsure(id, place)])),
    doubtful: input.effect === 'bridge-make' ? call.bridges : call.doubtful,
    failures: call.failures + 1,
    sheltered: aboutBridge && call.failures > 0,
  });
  step.timer('mend', Math.min(mostSeconds, firstSeconds * 2 ** Math.min(call.failures, 8)));
}

/** What is unsure is ordered again by followMedia(). */
export function mend(step: Step): void {
  step.set({ sheltered: false });
  const { phase, waitingSound } = step.call;
  const ringsOn = phase.name === 'arriving' || phase.name === 'queued' || phase.name === 'offering';
  if (!ringsOn || (phase.name === 'queued' && waitingSound === 'music')) answerCaller(step);
}
