// The end of a call: every leg hung up, every seat freed, every bridge ended; then the call is forgotten (CL5, CL6).
// It must not be entered but for a reason that is written down.
import type { CallInput, TimerName } from './inputs.ts';
import { cancelReach } from './reach.ts';
import { decideByDefault } from './outcome.ts';
import { isParty, reachesOf } from './state.ts';
import type { Step } from './step.ts';
import { endSupervisions } from './supervised.ts';

/** How long a channel may take to go before it is hung up again; then the comparison with Asterisk sweeps it. */
const againSeconds = 2;
const mostTries = 3;

/** `callBack`: the caller did not get what it called for, and is owed a call (TR10, SV5). */
export function becomeEnding(step: Step, reason: string, callBack = false): void {
  const { phase } = step.call;
  if (phase.name === 'ending') return;
  // TW4: a three-way never ends without an outcome; with nobody left to agree, the first receiver has it.
  decideByDefault(step, 'ended');
  const callerLeft = step.call.legs[0]?.role !== 'caller' && reason !== 'call-back-kept';
  for (const reach of reachesOf(step.call)) cancelReach(step, reach, callerLeft ? 'abandoned' : 'cancelled');
  if (phase.name === 'transferring') {
    const { transfer } = phase;
    step.fact('transfer.failed', { transfer: transfer.id, to: transfer.to, reason });
    step.set({ lastTransfer: { transfer, state: 'failed', failure: { reason: 'target-gone' } } });
  }
  endSupervisions(step);
  const { call } = step;
  if (callBack)
    step.fact('call.call-back-owed', {
      number: call.caller.number,
      class: call.tag?.class ?? 'general',
      reason,
      rung: 'call-back',
    });
  if (reason === 'call-back-kept') keepPlace(step);
  step.fact('call.ended', {
    reason,
    number: call.caller.number,
    waitMs: (call.answeredAt ?? step.at) - call.arrivedAt,
    talkMs: call.answeredAt === null ? 0 : step.at - call.answeredAt,
    answered: call.answeredAt !== null,
    tagged: call.tag !== null,
  });
  for (const name of Object.keys(call.timers) as TimerName[]) step.untimer(name);
  step.become({ name: 'ending', reason, at: step.at });
  for (const leg of step.call.legs) step.hangUp(leg.id);
  step.timer('ending', againSeconds);
}

/** R15: everything the call back needs; from this fact on its place is kept, whatever happens to the server. */
function keepPlace(step: Step): void {
  const { id, platform, caller, tag, arrivedAt } = step.call;
  const [reach] = reachesOf(step.call);
  const queue = reach && 'queue' in reach.to ? reach.to.queue : step.call.queue;
  step.fact('callback.kept', {
    about: `callback:${id}`,
    platform,
    queue,
    number: caller.number,
    class: tag?.class ?? 'general',
    placeSince: new Date(arrivedAt).toISOString(),
    attempts: 0,
  });
}

export function stepEnding(step: Step, input: CallInput): void {
  const { phase, legs } = step.call;
  if (phase.name !== 'ending') return;
  if (input.type === 'leg-ended') {
    const leg = legs.find((candidate) => candidate.id === input.leg);
    if (leg) gone(step, leg.id);
  } else if (input.type === 'timer' && input.name === 'ending') {
    const over = step.at - phase.at >= againSeconds * 1000 * mostTries;
    if (over) step.fact('alarm.leg-stuck', { legs: legs.map((leg) => leg.id) });
    for (const leg of legs) {
      step.hangUp(leg.id);
      if (over) gone(step, leg.id);
    }
    if (!over) step.timer('ending', againSeconds);
  } else return;
  finish(step);
}

function gone(step: Step, id: string): void {
  const leg = step.call.legs.find((candidate) => candidate.id === id);
  step.dropLeg(id);
  if (leg && leg.seat !== null) step.release(leg.seat, leg.state === 'up' && isParty(leg));
}

/** With the last leg gone nothing of the call is left in Asterisk. */
export function finish(step: Step): void {
  if (step.call.legs.length > 0) return;
  step.untimer('ending');
  for (const bridge of step.call.bridges) step.order({ type: 'bridge-end', bridge });
  step.set({ bridges: [], doubtful: [] });
  step.order({ type: 'forget' });
}
