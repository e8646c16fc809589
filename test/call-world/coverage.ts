// Which pairs of phase and input the histories have visited, and which there are (G30).
// It must not count what was refused before it reached a phase: that is a visit, too, and is counted as one.
import type { CallInput } from '../../server/domain/call/inputs.ts';
import type { PhaseName } from '../../server/domain/call/state.ts';

export const phases: readonly PhaseName[] = [
  'arriving',
  'queued',
  'offering',
  'talking',
  'transferring',
  'three-way',
  'rating',
  'ending',
];
export const timerKinds = [
  'transfer',
  'outcome',
  'dead-man',
  'ringing-answer',
  'ending',
  'mend',
  'waiting',
  'recording',
  'say',
  'saying',
  'rating',
  'leave',
  'reach',
  'attempt',
  'supervisor',
  'away',
] as const;
export const commandNames = [
  'tag',
  'hold',
  'resume',
  'mute',
  'unmute',
  'transfer',
  'transfer-cancel',
  'transfer-merge',
  'three-way',
  'consult',
  'outcome',
  'leave',
  'hang-up',
  'guide',
  'supervise',
  'supervise-end',
  'recording-pause',
  'recording-resume',
  'silence-ask',
  'silence-decide',
] as const;
export const inputKinds: readonly string[] = [
  'arrived',
  'leg-ringing',
  'leg-answered',
  'leg-ended',
  'leg-held',
  'leg-silent',
  'leg-away',
  'leg-lost',
  'leg-confirmed',
  'digit',
  'offered',
  'placed',
  'refused',
  'stands',
  'offer-recalled',
  'said',
  'effect-failed',
  'recording-started',
  'recording-failed',
  'adopted',
  ...timerKinds.map((kind) => `timer ${kind}`),
  ...commandNames.map((name) => `command ${name}`),
];

export function kindOf(input: CallInput): string {
  if (input.type === 'timer') {
    const colon = input.name.indexOf(':');
    return `timer ${colon < 0 ? input.name : input.name.slice(0, colon)}`;
  }
  return input.type === 'command' ? `command ${input.command.name}` : input.type;
}

/**
 * `arriving` lasts only while the floor is being asked, in the same step of the engine: what comes then is the floor's
 * answer, or an echo. Every other pair can be met, if only as an echo of what is over.
 */
export const reachable: ReadonlySet<string> = new Set(
  phases.flatMap((phase) => inputKinds.map((kind) => `${phase} × ${kind}`)),
);

export class Coverage {
  readonly visits = new Map<string, number>();
  visit(phase: PhaseName, input: CallInput): void {
    const pair = `${phase} × ${kindOf(input)}`;
    this.visits.set(pair, (this.visits.get(pair) ?? 0) + 1);
  }
  get share(): number {
    return [...reachable].filter((pair) => this.visits.has(pair)).length / reachable.size;
  }
  get missing(): readonly string[] {
    return [...reachable].filter((pair) => !this.visits.has(pair));
  }
}
