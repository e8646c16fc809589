// A caller who says nothing: asked over the line to press a key, what it presses is written down, and so is what its call-taker
// decides, by the site's script (SL1–SL3). It must not end, move or hold the call: the seat does, by the ordinary ways.
import type { CallCommand } from '../../protocol/commands.ts';
import type { Actor } from '../../protocol/words.ts';
import { refuse } from '../decision.ts';
import type { Refused } from '../decision.ts';
import type { CallInput } from './inputs.ts';
import { say } from './saying.ts';
import { callerOf, wantsKeys } from './state.ts';
import type { Step } from './step.ts';

/** Who leans on a key need not fill the ledger. */
const keysMost = 20;

/** Both hear the question: who talks with the caller must know what it was asked. */
export function askForKey(step: Step, actor: Actor): Refused | null {
  const { phase, silence, saying } = step.call;
  if (phase.name !== 'talking' && phase.name !== 'three-way') return refuse('wrong-phase');
  if (callerOf(step.call)?.held === true) return refuse('wrong-phase');
  if (!step.rules.silentCall.keys) return refuse('wrong-phase');
  if (saying || silence?.decision !== undefined) return refuse('already-so');
  const asked = (silence?.asked ?? 0) + 1;
  step.set({ silence: { asked, keys: silence?.keys ?? '' } });
  step.fact('call.silence-asked', { asked, seat: actor.seat });
  say(step, [step.rules.prompts.silence], true);
  return null;
}

/** True when nothing more is to be done with the input. */
export function silenceInput(step: Step, input: CallInput): boolean {
  const { call } = step;
  if (input.type !== 'digit' || !wantsKeys(call) || callerOf(call)?.id !== input.leg) return false;
  const { silence } = call;
  if (!silence || silence.keys.length >= keysMost) return true;
  const keys = silence.keys + input.digit;
  step.set({ silence: { ...silence, keys } });
  step.fact('call.key-pressed', { digit: input.digit, keys, seat: call.owner });
  return true;
}

type Wish = Extract<CallCommand, { name: 'silence-decide' }>['body'];

export function decideSilence(step: Step, actor: Actor, { decision, note }: Wish): Refused | null {
  const rule = step.rules.silentCall.decisions.find(({ id }) => id === decision);
  if (!rule) return refuse('invalid-field', 'decision');
  const { silence } = step.call;
  if (silence?.decision !== undefined) return refuse('already-so');
  const { asked = 0, keys = '' } = silence ?? {};
  step.set({
    silence: { asked, keys, decision },
    ...(rule.closes ? { disposition: `silent:${decision}` } : {}),
  });
  step.fact('call.silence-decided', {
    decision,
    name: rule.name,
    asked,
    keys,
    seat: actor.seat,
    ...(note === undefined ? {} : { note }),
  });
  return null;
}
