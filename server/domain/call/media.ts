// Who hears what, as a function of the call's state; and the orders that lead from what was ordered before to that.
// Phases never order bridges or music themselves: they change legs, and this file makes the sound follow (CL2).
import type { LegId } from '../../protocol/words.ts';
import type { Call, Hearing, Leg, Placed } from './state.ts';
import type { Step } from './step.ts';

export const talkBridge = (call: Call): string => `${call.id}.talk`;
export const consultBridge = (call: Call): string => `${call.id}.consult`;

/** A party alone hears a sound of its own; two or more share a bridge. */
function gather(
  legs: readonly Leg[],
  bridge: string,
  alone: (leg: Leg) => Hearing,
  plan: Map<LegId, Hearing>,
): void {
  for (const leg of legs) plan.set(leg.id, legs.length > 1 ? `bridge:${bridge}` : alone(leg));
}

/** What every leg should hear now. Legs that still ring are not in it: their phone or network rings by itself. */
export function hearings(call: Call): ReadonlyMap<LegId, Hearing> {
  const plan = new Map<LegId, Hearing>();
  const { phase } = call;
  if (phase.name === 'ending') return plan;
  const caller = call.legs.find((leg) => leg.role === 'caller');
  if (caller?.state === 'waiting') plan.set(caller.id, 'ringing');
  const up = call.legs.filter((leg) => leg.state === 'up' && leg.role !== 'supervisor');
  if (phase.name === 'arriving' || phase.name === 'queued' || phase.name === 'offering') {
    for (const leg of up) plan.set(leg.id, leg.role === 'caller' ? waitingSound(call) : 'silence');
    return plan;
  }
  const confirming = new Set<LegId>();
  if (phase.name === 'transferring') {
    for (const attempt of phase.reach.attempts)
      if (attempt.state === 'confirming') confirming.add(attempt.leg);
  } else if (phase.name === 'three-way') {
    for (const invite of phase.invites)
      for (const attempt of invite.reach.attempts)
        if (attempt.state === 'confirming') confirming.add(attempt.leg);
  }
  const present = up.filter((leg) => !confirming.has(leg.id));
  for (const leg of up) if (confirming.has(leg.id)) plan.set(leg.id, 'silence');
  if (phase.name === 'transferring' && !phase.transfer.danger) {
    // TR2: ringing while the target rings, music while the call has a place in its queue.
    const sound: Hearing = phase.reach.place === null ? 'ringing' : 'music';
    for (const leg of present) plan.set(leg.id, leg.held ? 'music' : sound);
    return plan;
  }
  for (const leg of present) if (leg.held) plan.set(leg.id, 'music');
  const free = present.filter((leg) => !leg.held);
  gather(
    free.filter((leg) => leg.consulting),
    consultBridge(call),
    () => 'silence',
    plan,
  );
  gather(
    free.filter((leg) => !leg.consulting),
    talkBridge(call),
    (leg) => (leg.role === 'caller' ? 'music' : 'silence'),
    plan,
  );
  return plan;
}

/** 12345 keeps its callers on music; 110 only ever lets them hear ringing (OF7). */
const waitingSound = (call: Call): Hearing => (call.waitingSound === 'music' ? 'music' : 'ringing');

const bridgeOf = (hearing: Hearing): string | null =>
  hearing.startsWith('bridge:') ? hearing.slice(7) : null;
const soundOf = (hearing: Hearing): 'music' | 'ringing' | 'silence' | null =>
  hearing === 'music' || hearing === 'ringing' || hearing === 'silence' ? hearing : null;

/**
 * Orders whatever differs between what was ordered and what should be. Sounds stop before a leg enters a bridge (left on,
 * they garble it), bridges are made before use, one add carries all legs of a bridge (it is atomic), sounds start last.
 */
export function followMedia(step: Step): void {
  const { call } = step;
  const plan = hearings(call);
  const placed: Record<LegId, Placed> = {};
  const joins = new Map<string, LegId[]>();
  const leaves = new Map<string, LegId[]>();
  const starts: { leg: LegId; sound: 'music' | 'ringing' | 'silence' }[] = [];
  for (const [id, hearing] of plan) {
    const leg = call.legs.find((candidate) => candidate.id === id);
    if (!leg) continue;
    const before = call.placed[id];
    const inBridge = bridgeOf(hearing) !== null;
    const after: Placed = { hearing, muted: leg.muted, armed: leg.state === 'up' && !inBridge };
    placed[id] = after;
    if (before?.hearing !== hearing) {
      const oldSound = before ? soundOf(before.hearing) : null;
      if (oldSound !== null) step.order({ type: oldSound, leg: id, on: false });
      const bridge = bridgeOf(hearing);
      const oldBridge = before ? bridgeOf(before.hearing) : null;
      if (bridge !== null) joins.set(bridge, [...(joins.get(bridge) ?? []), id]);
      else if (oldBridge !== null) leaves.set(oldBridge, [...(leaves.get(oldBridge) ?? []), id]);
      const sound = soundOf(hearing);
      if (sound !== null) starts.push({ leg: id, sound });
    }
  }
  for (const [bridge, legs] of joins) {
    if (!step.call.bridges.includes(bridge)) {
      step.order({ type: 'bridge-make', bridge });
      step.set({ bridges: [...step.call.bridges, bridge] });
    }
    step.order({ type: 'bridge-add', bridge, legs });
  }
  for (const [bridge, legs] of leaves) step.order({ type: 'bridge-remove', bridge, legs });
  for (const { leg, sound } of starts) step.order({ type: sound, leg, on: true });
  for (const [id, after] of Object.entries(placed)) {
    const before = call.placed[id];
    if ((before?.muted ?? false) !== after.muted) step.order({ type: 'mute', leg: id, on: after.muted });
    if ((before?.armed ?? true) !== after.armed)
      step.order({ type: 'dead-man', leg: id, seconds: after.armed ? deadMan(step, id) : 0 });
  }
  step.set({ placed });
}

/** Seats' legs may stand alone longer than a caller may wait for a dead engine. */
const deadMan = (step: Step, id: LegId): number =>
  step.rules.timers.deadManSeconds * (step.call.legs[0]?.id === id ? 1 : 3);

/** Again and again while the engine lives: what waits outside a bridge is kept from the survival queue (SV2). */
export function rearm(step: Step): void {
  for (const [id, placed] of Object.entries(step.call.placed))
    if (placed.armed) step.order({ type: 'dead-man', leg: id, seconds: deadMan(step, id) });
}

/** Ids of the parties a leg hears now (TW2). */
export function heardBy(call: Call, id: LegId): readonly LegId[] {
  const plan = hearings(call);
  const own = plan.get(id);
  if (!own?.startsWith('bridge:')) return [];
  return call.legs
    .filter((leg) => leg.id !== id && !leg.muted && plan.get(leg.id) === own)
    .map((leg) => leg.id);
}
