// A call found alive by an engine that has just started or connected again: its requests and timers are put back.
// It must not hang anything up: hang-ups and answers of the gap come as ordinary inputs before this one.
import type { CallInput, TimerName } from './inputs.ts';
import { hearings } from './media.ts';
import { askFloor } from './reach.ts';
import { adoptRecording } from './recording.ts';
import { quiet } from './saying.ts';
import { legOf, reachesOf } from './state.ts';
import type { Call, Placed } from './state.ts';
import type { Step } from './step.ts';

type Adopted = Extract<CallInput, { type: 'adopted' }>;

/** What fell due meanwhile waits this long, so that answers and hang-ups still on their way come first (TR12). */
const graceSeconds = 0.5;

export function adopt(step: Step, input: Adopted): void {
  step.leap();
  // Nobody heard whether it is over.
  quiet(step);
  const { call } = step;
  for (const [name, due] of Object.entries(call.timers) as [TimerName, number][])
    step.timer(name, Math.max(graceSeconds, (due - step.at) / 1000));
  step.set({ recovered: true, placed: foundIn(call, input) });
  step.set({ bridges: [...new Set([...call.bridges, ...input.bridges])], doubtful: missing(call, input) });
  step.fact('call.recovered', { phase: call.phase.name, epoch: input.epoch });
  // A floor that has just started knows none of these; one that went on knows them by their ids.
  for (const reach of reachesOf(call)) askFloor(step, reach);
  adoptRecording(step);
}

/**
 * The comparison says which bridge a leg is in; never what sound it hears, whether it is muted or its dead-man runs.
 * Those are noted as the opposite of what should be, and so ordered anew (harmless where they were right).
 */
function foundIn(call: Call, input: Adopted): Call['placed'] {
  const placed: Record<string, Placed> = {};
  for (const [id, hearing] of hearings(call)) {
    const bridge = input.bridged[id];
    placed[id] = {
      hearing: bridge === undefined ? 'unknown' : `bridge:${bridge}`,
      muted: !(legOf(call, id)?.muted ?? false),
      armed: hearing.startsWith('bridge:') && legOf(call, id)?.tap === undefined,
    };
  }
  return placed;
}

const missing = (call: Call, input: Adopted): readonly string[] =>
  call.bridges.filter((bridge) => !input.bridges.includes(bridge));
