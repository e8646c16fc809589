// Who hears what, as a function of the call's state; and the orders that lead from what was ordered before to that.
// Phases never order bridges or music themselves: they change legs, and this file makes the sound follow (CL2).
import type { LegId } from '../../protocol/words.ts';
import type { MediaEffect } from './effects.ts';
import { confirming, isParty, legOf, talkers, wantsKeys } from './state.ts';
import type { Call, Hearing, Leg, Placed } from './state.ts';
import type { Step } from './step.ts';
import { whisperOf } from './supervised.ts';

const talkBridge = (call: Call): string => `${call.id}.talk`;
/** In it the caller alone hears what is said to it. */
export const sayBridge = (call: Call): string => `${call.id}.say`;
const consultBridge = (call: Call): string => `${call.id}.consult`;
const whisperBridge = (call: Call, supervisor: Leg): string => `${call.id}.whisper.${supervisor.seat ?? ''}`;

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
  if (call.phase.name === 'ending') return plan;
  const around = partiesHear(call, plan);
  for (const leg of call.legs)
    if (leg.role === 'supervisor' && leg.state === 'up') listens(call, leg, around, plan);
  const caller = plan.get(call.legs[0]?.id ?? '');
  for (const leg of call.legs)
    if (leg.role === 'anchor' && leg.state === 'up')
      plan.set(
        leg.id,
        caller?.startsWith('bridge:') === true && caller !== `bridge:${sayBridge(call)}` ? caller : 'nothing',
      );
  return plan;
}

/** A supervisor hears what the conversation hears; whispering, it is alone with its tap on one seat. */
function listens(call: Call, leg: Leg, around: Hearing, plan: Map<LegId, Hearing>): void {
  const tap = whisperOf(call, leg);
  if (tap?.state !== 'up') {
    plan.set(leg.id, around);
    return;
  }
  plan.set(leg.id, `bridge:${whisperBridge(call, leg)}`);
  plan.set(tap.id, `bridge:${whisperBridge(call, leg)}`);
}

/** Fills in the parties; answers what somebody who only listens in hears beside them. */
function partiesHear(call: Call, plan: Map<LegId, Hearing>): Hearing {
  const { phase } = call;
  const present: Leg[] = [];
  for (const leg of call.legs) {
    if (!isParty(leg)) continue;
    if (leg.role === 'caller' && leg.state === 'waiting') plan.set(leg.id, 'ringing');
    else if (leg.state !== 'up') continue;
    else if (leg.leaving || confirming(call, leg.id)) plan.set(leg.id, 'silence');
    else present.push(leg);
  }
  if (phase.name === 'arriving' || phase.name === 'queued' || phase.name === 'offering') {
    // 12345 keeps its callers on music; 110 only ever lets them hear ringing (OF7). Who had a seat is told what is going on.
    const sound = phase.reach.wish.until === undefined ? call.waitingSound : 'notice';
    const said = call.saying && sound === 'music' ? (`bridge:${sayBridge(call)}` as const) : sound;
    for (const leg of present) plan.set(leg.id, leg.role === 'caller' ? said : 'silence');
    return sound;
  }
  if (phase.name === 'rating') {
    for (const leg of present) plan.set(leg.id, call.saying ? `bridge:${sayBridge(call)}` : 'music');
    return 'music';
  }
  if (phase.name === 'transferring' && !phase.transfer.danger) {
    // TR2: ringing while the target rings, music while the call has a place in its queue.
    const sound: Hearing = phase.reach.place === null ? 'ringing' : 'music';
    for (const leg of present) plan.set(leg.id, leg.held ? 'music' : sound);
    return sound;
  }
  const apart = (leg: Leg) => leg.held || (call.sheltered && leg.role === 'caller');
  for (const leg of present) if (apart(leg)) plan.set(leg.id, 'music');
  const free = present.filter((leg) => !apart(leg));
  // RC1, CL2: nobody there is heard any more; a phone that comes back finds the caller in the same step.
  const deserted = talkers(call).every((leg) => leg.away !== undefined);
  const alone = free.findIndex((leg) => leg.role === 'caller');
  if (deserted && talkers(call).length > 0)
    for (const leg of free.splice(alone, alone < 0 ? 0 : 1)) plan.set(leg.id, 'notice');
  const consulting = free.filter((leg) => leg.consulting);
  const talking = free.filter((leg) => !leg.consulting);
  gather(consulting, consultBridge(call), () => 'silence', plan);
  gather(talking, talkBridge(call), (leg) => (leg.role === 'caller' ? 'music' : 'silence'), plan);
  if (talking.length > 1) return `bridge:${talkBridge(call)}`;
  return consulting.length > 1 ? `bridge:${consultBridge(call)}` : 'silence';
}

type Sound = 'music' | 'notice' | 'ringing' | 'silence';
const everySound: readonly Sound[] = ['music', 'notice', 'ringing', 'silence'];
/** The notice is music to Asterisk: one order ends either. */
const endings: readonly Sound[] = ['music', 'ringing', 'silence'];
const orderOf = (leg: LegId, sound: Sound, on: boolean): MediaEffect =>
  sound === 'notice' ? { type: 'music', leg, on, ...(on ? { notice: true } : {}) } : { type: sound, leg, on };

const bridgeOf = (hearing: Hearing | undefined): string | null =>
  hearing?.startsWith('bridge:') === true ? hearing.slice('bridge:'.length) : null;
const soundOf = (hearing: Hearing | undefined): Sound | null =>
  everySound.find((sound) => sound === hearing) ?? null;

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
  const starts: { leg: LegId; sound: Sound }[] = [];
  for (const leg of call.legs) {
    const hearing = plan.get(leg.id);
    if (hearing === undefined) continue;
    const before = call.placed[leg.id];
    const bridge = bridgeOf(hearing);
    // A tap ends with the leg it hears.
    // Nor is one that is spoken to: with the server gone, nobody would take it out again (SV2).
    const alone = bridge === null || bridge === sayBridge(call);
    placed[leg.id] = { hearing, muted: leg.muted, armed: alone && leg.tap === undefined };
    if (before?.hearing === hearing) continue;
    const unsure = before?.hearing === 'unknown';
    for (const sound of unsure ? endings : [soundOf(before?.hearing)])
      if (sound !== null && !(sound === 'ringing' && answeredNow(step, leg.id)))
        step.order(orderOf(leg.id, sound, false));
    const left = unsure ? call.bridges : [bridgeOf(before?.hearing)];
    // Joining another bridge is leaving the one before.
    if (bridge !== null) joins.set(bridge, [...(joins.get(bridge) ?? []), leg.id]);
    else for (const old of left) if (old !== null) leaves.set(old, [...(leaves.get(old) ?? []), leg.id]);
    const sound = soundOf(hearing);
    if (sound !== null) starts.push({ leg: leg.id, sound });
  }
  // Before it joins: nobody may hear a moment of one who only listens.
  for (const [id, after] of Object.entries(placed))
    if (after.muted && call.placed[id]?.muted !== true) step.order({ type: 'mute', leg: id, on: true });
  for (const [bridge, legs] of joins) {
    makeBridge(step, bridge);
    step.order({ type: 'bridge-add', bridge, legs });
  }
  for (const [bridge, legs] of leaves) step.order({ type: 'bridge-remove', bridge, legs });
  beginSaying(step, placed);
  for (const { leg, sound } of starts) step.order(orderOf(leg, sound, true));
  for (const [id, after] of Object.entries(placed)) {
    const before = call.placed[id];
    if (before?.muted === true && !after.muted) step.order({ type: 'mute', leg: id, on: false });
    const armed = before?.armed ?? legOf(call, id)?.tap === undefined;
    if (armed !== after.armed)
      step.order({ type: 'dead-man', leg: id, seconds: after.armed ? deadMan(step, id) : 0 });
  }
  if (!same(call.placed, placed)) step.set({ placed });
}

/** Asterisk stops ringing by itself when it answers: the order would be one of a call's thirteen, for nothing. */
const answeredNow = (step: Step, id: LegId): boolean =>
  step.effects.some((effect) => effect.type === 'answer' && effect.leg === id);

function beginSaying(step: Step, placed: Call['placed']): void {
  const { call } = step;
  const leg = call.legs[0]?.id ?? '';
  const bridge = wantsKeys(call) ? talkBridge(call) : sayBridge(call);
  if (call.saying?.playing !== null || placed[leg]?.hearing !== `bridge:${bridge}`) return;
  const { sounds } = call.saying;
  const playing = `${sayBridge(call)}.${step.next()}`;
  step.set({ saying: { ...call.saying, playing } });
  step.order({ type: 'say', leg, bridge, playing, sounds });
}

function makeBridge(step: Step, bridge: string): void {
  const { bridges, doubtful } = step.call;
  if (bridges.includes(bridge) && !doubtful.includes(bridge)) return;
  // SL2: a call is never moved for it: a bridge that hears keys hears them from its making.
  const keys =
    bridge === sayBridge(step.call) || (step.rules.silentCall.keys && bridge === talkBridge(step.call));
  step.order({ type: 'bridge-make', bridge, ...(keys ? { keys } : {}) });
  step.set({
    bridges: bridges.includes(bridge) ? bridges : [...bridges, bridge],
    doubtful: doubtful.filter((each) => each !== bridge),
  });
}

function same(before: Call['placed'], after: Call['placed']): boolean {
  const ids = Object.keys(after);
  return (
    ids.length === Object.keys(before).length &&
    ids.every((id) => {
      const [one, two] = [before[id], after[id]];
      return one?.hearing === two?.hearing && one?.muted === two?.muted && one?.armed === two?.armed;
    })
  );
}

/** Seats' legs may stand alone longer than a caller may wait for a dead engine. */
export const deadMan = (step: Step, id: LegId): number =>
  step.rules.timers.deadManSeconds * (step.call.legs[0]?.id === id ? 1 : 3);

/** Again and again while the engine lives: what waits outside a bridge is kept from the survival queue (SV2). */
export function rearm(step: Step): void {
  for (const [id, placed] of Object.entries(step.call.placed))
    if (placed.armed) step.order({ type: 'dead-man', leg: id, seconds: deadMan(step, id) });
}

/**
 * A leg that went may have armed the caller's dead-man, taking it for left alone (dialplan, leg-gone), just while the caller went
 * from one bridge to the next. Who goes on talking must not be cut by that.
 */
export function liftAgain(step: Step, before: Call | null): void {
  const id = step.call.legs[0]?.id ?? '';
  const place = step.call.placed[id];
  if (before?.placed[id]?.armed !== false || place?.armed !== false || step.call.phase.name === 'ending')
    return;
  step.order({ type: 'dead-man', leg: id, seconds: 0 });
}

/** Ids of the parties a leg hears now (TW2). */
export function heardBy(call: Call, id: LegId): readonly LegId[] {
  const plan = hearings(call);
  const beside = (leg: LegId): readonly LegId[] => {
    const own = plan.get(leg);
    if (!own?.startsWith('bridge:')) return [];
    return call.legs
      .filter((each) => each.id !== leg && each.tap === undefined && !each.muted && plan.get(each.id) === own)
      .map((each) => each.id);
  };
  const taps = call.legs.filter((leg) => leg.role === 'whisper' && leg.state === 'up');
  const [tap] = taps.filter((each) => each.tap?.by === id);
  if (tap?.tap) return [tap.tap.of, ...beside(tap.tap.of)];
  const whispers = taps.flatMap((each) => (each.tap?.of === id && each.tap.by !== null ? [each.tap.by] : []));
  return [...beside(id), ...whispers];
}
