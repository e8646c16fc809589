// What a 12345 caller is told: its place and expected wait at intervals, the offer to be called back; by one digit it keeps its place
// and may hang up (R15). It must not be anything to 110 (OF7), and never holds up a seat: whatever is being said ends with the wait.
import { canBeCalled } from '../caller-number.ts';
import type { CallInput } from './inputs.ts';
import { callerOf, wantsKeys } from './state.ts';
import type { Call, Reach } from './state.ts';
import type { Step } from './step.ts';

/** A playback whose end was never told is over by then. */
const longestSeconds = 30;

/** The reach of a caller that waits with music in a queue of a platform that speaks to its callers; null: nothing is said. */
function waitingIn(
  step: Step,
): { readonly reach: Reach; readonly rules: NonNullable<ReturnType<typeof waitingRules>> } | null {
  const { phase, waitingSound } = step.call;
  if (phase.name !== 'arriving' && phase.name !== 'queued' && phase.name !== 'offering') return null;
  const { reach } = phase;
  // RC1: who waits for the seat it lost has been told so.
  if (waitingSound !== 'music' || reach.wish.until !== undefined || callerOf(step.call)?.state !== 'up')
    return null;
  const rules = waitingRules(step, reach);
  return rules ? { reach, rules } : null;
}
const waitingRules = (step: Step, { route }: Reach) =>
  route.kind === 'queue' ? step.rules.platform(route.platform)?.waiting : undefined;

/** After each step: the next word has its time while the caller waits, and none is left over when it does not. */
export function followSaying(step: Step): void {
  const { phase, saying: said } = step.call;
  // What was begun in a conversation is not gone on with in a queue, nor the other way: it would be heard where nobody is (CL2).
  if (said && (said.inTalk === true) !== wantsKeys(step.call)) quiet(step);
  const waiting = waitingIn(step);
  if (!waiting && phase.name !== 'rating' && !wantsKeys(step.call)) quiet(step);
  if (!waiting) {
    if (phase.name !== 'ending') step.untimer('say');
    return;
  }
  const { timers, saying, told = 0, mutePrompts } = step.call;
  if (timers.say !== undefined || saying || mutePrompts) return;
  step.timer('say', told === 0 ? waiting.rules.firstSeconds : waiting.rules.everySeconds);
}

export function say(step: Step, sounds: readonly string[], inTalk = false): void {
  if (step.call.mutePrompts) return;
  const { folder } = step.rules.prompts;
  hush(step);
  step.untimer('say');
  step.set({
    saying: {
      sounds: sounds.map((name) => `${folder}/${name}`),
      playing: null,
      ...(inTalk ? { inTalk } : {}),
    },
  });
  step.timer('saying', longestSeconds);
}

function hush(step: Step): void {
  const { saying } = step.call;
  if (saying && saying.playing !== null) step.order({ type: 'hush', playing: saying.playing });
}

/** Nothing is said any more. */
export function quiet(step: Step): void {
  const { saying } = step.call;
  if (!saying) return;
  if (step.call.phase.name !== 'ending') hush(step);
  step.untimer('saying');
  over(step);
}
function over(step: Step): void {
  const { saying, ...rest } = step.call;
  if (saying) step.call = rest;
}

/** True when nothing more is to be done with the input. */
export function sayingInput(step: Step, input: CallInput): boolean {
  switch (input.type) {
    case 'timer':
      if (input.name !== 'say' && input.name !== 'saying') return false;
      if (step.call.timers[input.name] === undefined) return true;
      step.timerOver(input.name);
      if (input.name === 'saying') quiet(step);
      else askPlace(step);
      return true;
    case 'stands':
      tellPlace(step, input);
      return true;
    case 'said': {
      const { saying } = step.call;
      if (saying?.playing !== input.playing) return true;
      step.untimer('saying');
      over(step);
      if (!input.ok) cannotSay(step, saying.sounds);
      // A question that was answered is over with the thanks.
      return step.call.phase.name !== 'rating';
    }
    case 'digit':
      return pressed(step, input.leg, input.digit);
    default:
      return false;
  }
}

/** A prompt that is not there: the caller has music, people are told once, and it is not tried again. */
export function cannotSay(step: Step, sounds: readonly string[]): void {
  step.set({ mutePrompts: true });
  step.untimer('say');
  step.fact('alarm.prompt-failed', { sounds });
}

function askPlace(step: Step): void {
  const waiting = waitingIn(step);
  if (waiting?.reach.attempts.length === 0) step.tell({ type: 'where', request: waiting.reach.id });
}

function tellPlace(step: Step, input: Extract<CallInput, { type: 'stands' }>): void {
  const waiting = waitingIn(step);
  if (!waiting || waiting.reach.id !== input.request || step.call.saying) return;
  const { prompts } = step.rules;
  const { rules } = waiting;
  const { place, expectedSeconds } = input;
  const sounds = [place <= rules.mostPlace ? named(prompts.place, place) : prompts.placeMany];
  // R14: withheld when it was too wrong lately; rounded up, for nobody complains of having waited less.
  const minutes = expectedSeconds === null ? null : Math.max(1, Math.ceil(expectedSeconds / 60));
  if (minutes !== null && minutes <= rules.mostMinutes) sounds.push(named(prompts.minutes, minutes));
  const offered = mayCallBack(step.call, rules.callBack?.afterSeconds, step.at);
  if (offered) {
    sounds.push(prompts.callBackOffer);
    if (step.call.callBack === undefined) step.set({ callBack: 'offered' });
  }
  step.set({ told: (step.call.told ?? 0) + 1 });
  step.fact('call.told-place', { place, expectedSeconds, ...(offered ? { callBackOffered: true } : {}) });
  say(step, sounds);
}

const named = (name: string, n: number): string => name.replace('{n}', String(n));

function mayCallBack(call: Call, afterSeconds: number | undefined, at: number): boolean {
  return (
    afterSeconds !== undefined &&
    call.callBack !== 'wanted' &&
    call.callBackOf === undefined &&
    canBeCalled(call.caller.number) &&
    at - call.arrivedAt >= afterSeconds * 1000
  );
}

function pressed(step: Step, leg: string, digit: string): boolean {
  const { call } = step;
  if (callerOf(call)?.id !== leg) return false;
  const callBack = waitingIn(step)?.rules.callBack;
  if (!callBack || call.callBack !== 'offered' || digit !== callBack.digit) return false;
  // It may stay on the line as well: nobody hangs up a caller (CL4).
  step.set({ callBack: 'wanted' });
  step.fact('call.call-back-wanted', { queue: call.queue });
  say(step, [step.rules.prompts.callBackKept]);
  return true;
}
