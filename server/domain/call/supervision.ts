// A supervisor at a call: listens, whispers to one seat, barges in, takes over (design §4). Its leg is nobody's party:
//
//   dialling ─► listening ◄─► whispering ◄─► barged in ─► taken over: an ordinary seat's leg, the first seat in wrap-up
//        └──────────┴── ended: by itself, by its phone, with the call; nothing else changes by it
//
// It must not order bridges or mutes: media.ts follows what stands here. A whisper is a tap on one seat's leg.
import type { CallCommand } from '../../protocol/commands.ts';
import type { Actor } from '../../protocol/words.ts';
import { refuse } from '../decision.ts';
import type { Refused } from '../decision.ts';
import { becomeTalking } from './becoming.ts';
import type { CallInput } from './inputs.ts';
import { dropParty, noteSeat, sayFarewell } from './party.ts';
import { anchorGone, recorderGone, recorderUp } from './recording.ts';
import { isParty, legOf, talkers } from './state.ts';
import type { Call, Leg, Supervision } from './state.ts';
import type { Step } from './step.ts';
import { supervisorLeg, supervisors, tellSupervision, whisperer, whisperOf } from './supervised.ts';

type Result = Refused | null;
type Wish = Extract<CallCommand, { name: 'supervise' }>['body'];

const conversing = (call: Call): boolean => call.phase.name === 'talking' || call.phase.name === 'three-way';

/** Whose call-taker it is: one of the supervisor's own platform before the call's owner before any other. */
function charge(call: Call, { platform }: Pick<Leg, 'platform'>): Leg | undefined {
  const seats = talkers(call).filter((leg) => leg.seat !== null);
  return (
    seats.find((leg) => leg.platform === platform) ?? seats.find((leg) => leg.seat === call.owner) ?? seats[0]
  );
}

export function supervise(step: Step, actor: Actor, wish: Wish): Result {
  const { call } = step;
  if (actor.role !== 'supervisor') return refuse('forbidden');
  if (!conversing(call)) return refuse('wrong-phase');
  const own = supervisorLeg(call, actor.user);
  const seat = own?.seat ?? wish.seat;
  if (seat === undefined) return refuse('invalid-field', 'seat');
  const platform = step.rules.platformOfSeat(seat);
  const endpoint = step.rules.phoneOfSeat(seat);
  if (platform === null || endpoint === null) return refuse('unknown-target', 'seat');
  if (wish.mode === 'whisper' && !charge(call, { platform })) return refuse('no-such-party');
  const supervision: Supervision = { user: actor.user, mode: wish.mode, visible: wish.visible };
  if (own) return change(step, own, supervision, wish.seat);
  const id = `${call.id}.${seat}.${step.next()}`;
  const leg: Leg = {
    id,
    role: 'supervisor',
    endpoint,
    seat,
    line: null,
    platform,
    state: 'dialling',
    held: false,
    muted: true,
    consulting: false,
    leaving: false,
    since: step.at,
    supervision,
  };
  step.addLeg(leg);
  step.order({
    type: 'dial',
    leg: id,
    endpoint,
    caller: call.legs[0]?.id ?? null,
    callerNumber: call.caller.number,
    ringSeconds: step.rules.timers.offerSeconds,
    call: call.id,
    role: 'supervisor',
    toSeat: true,
    acceptance: 'answer',
  });
  // Off the floor from this instant: the engine has looked that it is free (engine/supervising.ts).
  step.tell({ type: 'seat-adopted', seat, call: call.id, state: 'talking', request: null });
  step.timer(`supervisor:${id}`, step.rules.timers.offerSeconds);
  tellSupervision(step, 'requested', leg);
  return null;
}

function change(step: Step, own: Leg, to: Supervision, seat: string | undefined): Result {
  const { supervision: before } = own;
  const same = before?.mode === to.mode && before.visible === to.visible;
  if (same || (seat !== undefined && seat !== own.seat)) return refuse('already-supervised');
  step.changeLeg(own.id, { supervision: to });
  if (own.state !== 'up') return null;
  if (to.mode === 'take-over') takeOver(step, own.id);
  else {
    tellSupervision(step, 'changed', { ...own, supervision: to }, { from: before?.mode });
    begin(step, own.id);
  }
  return null;
}

export function endSupervision(step: Step, actor: Actor): Result {
  const own = supervisorLeg(step.call, actor.user);
  if (!own) return refuse('not-a-party');
  step.hangUp(own.id);
  gone(step, own, 'ended');
  return null;
}

/** Its phone rang out. */
export function unanswered(step: Step, id: string): void {
  const leg = legOf(step.call, id);
  if (!leg?.supervision || leg.state === 'up') return;
  step.hangUp(id, 'no-answer');
  gone(step, leg, 'no-answer');
}

function gone(step: Step, leg: Leg, reason: string): void {
  step.untimer(`supervisor:${leg.id}`);
  dropParty(step, leg);
  tellSupervision(step, 'ended', leg, { reason });
}

/** What happens to a leg that only listens in is decided here, whatever the phase. True: nothing more is to be done. */
export function listensIn(step: Step, input: CallInput): boolean {
  if (!('leg' in input) || input.leg === null || input.type === 'effect-failed' || input.type === 'arrived')
    return false;
  const leg = legOf(step.call, input.leg);
  if (!leg || isParty(leg)) return false;
  if (input.type === 'leg-ringing' && leg.state === 'dialling') step.changeLeg(leg.id, { state: 'ringing' });
  if (input.type === 'leg-answered' && leg.state !== 'up') {
    step.changeLeg(leg.id, { state: 'up', since: step.at });
    if (leg.supervision) arrived(step, leg);
    if (leg.role === 'recorder') recorderUp(step, leg);
  }
  if (input.type === 'leg-ended') {
    if (leg.supervision) gone(step, leg, leg.state === 'up' ? 'left' : 'no-answer');
    else step.dropLeg(leg.id);
    if (leg.role === 'recorder') recorderGone(step);
    if (leg.role === 'anchor') anchorGone(step);
  }
  return true;
}

function arrived(step: Step, leg: Leg): void {
  step.untimer(`supervisor:${leg.id}`);
  tellSupervision(step, 'started', leg);
  if (leg.supervision?.mode === 'take-over') takeOver(step, leg.id);
  else begin(step, leg.id);
}

/** A whisper needs its tap; the other modes none. */
function begin(step: Step, id: string): void {
  const leg = legOf(step.call, id);
  if (leg?.supervision?.mode !== 'whisper') return;
  const seat = charge(step.call, leg);
  if (!seat || whisperOf(step.call, leg)) return;
  const tap = `${step.call.id}.whisper.${step.next()}`;
  step.addLeg({
    id: tap,
    role: 'whisper',
    endpoint: '',
    seat: null,
    line: null,
    platform: null,
    state: 'dialling',
    held: false,
    muted: false,
    consulting: false,
    leaving: false,
    since: step.at,
    tap: { of: seat.id, by: id },
  });
  step.order({
    type: 'tap',
    leg: tap,
    of: seat.id,
    spy: 'both',
    whisper: true,
    call: step.call.id,
    role: 'whisper',
  });
}

/** The supervisor's seat has the call; the one it replaces hears its tone and goes to wrap-up (TR5). */
function takeOver(step: Step, id: string): void {
  const leg = legOf(step.call, id);
  const first = leg && (charge(step.call, leg) ?? talkers(step.call)[0]);
  if (!leg?.supervision) return;
  if (!first || !conversing(step.call)) {
    // On its way elsewhere meanwhile: not to be taken from there.
    listenOnly(step, leg, 'not-in-conversation');
    return;
  }
  // Never hidden: the seat it puts out learns of it anyhow.
  const { user: by } = leg.supervision;
  step.fact('supervision.took-over', {
    seat: leg.seat,
    platform: leg.platform,
    by,
    from: first.seat ?? first.line,
  });
  const { role, consulting } = first;
  step.set({
    legs: step.call.legs.map((each) => {
      if (each.id !== id) return each;
      const { supervision, ...taker } = each;
      return { ...taker, role, consulting, muted: false, since: supervision ? step.at : each.since };
    }),
  });
  sayFarewell(step, first);
  const { phase, owner } = step.call;
  const taker = legOf(step.call, id);
  if (!taker) return;
  if (phase.name !== 'three-way') {
    becomeTalking(step, taker, 'transfer');
    return;
  }
  noteSeat(step, taker);
  if (owner === first.seat) step.set({ owner: taker.seat });
  const { consult } = phase;
  if (consult?.fromLeg === first.id)
    step.become({ ...phase, consult: { ...consult, fromLeg: id, from: taker.seat ?? '' } });
}

function listenOnly(step: Step, leg: Leg, reason: string): void {
  if (!leg.supervision) return;
  const supervision: Supervision = { ...leg.supervision, mode: 'listen' };
  step.changeLeg(leg.id, { supervision });
  tellSupervision(step, 'changed', { ...leg, supervision }, { from: leg.supervision.mode, reason });
}

/**
 * Taps and mutes as the modes ask for them. A whisper whose seat has left becomes listening: nobody but that seat was meant
 * to hear it, and until its tap stands a whisperer is as silent as a listener.
 */
export function followSupervision(step: Step): void {
  if (step.call.phase.name === 'ending') return;
  for (const { id } of supervisors(step.call)) {
    const leg = legOf(step.call, id);
    if (leg?.state !== 'up' || leg.supervision?.mode !== 'whisper') continue;
    const seat = legOf(step.call, whisperOf(step.call, leg)?.tap?.of ?? '');
    if (!seat || seat.leaving) listenOnly(step, leg, 'seat-left');
  }
  for (const tap of step.call.legs) {
    if (tap.role !== 'whisper') continue;
    if (whisperer(step.call, tap)?.supervision?.mode === 'whisper') continue;
    step.hangUp(tap.id);
    step.dropLeg(tap.id);
  }
  for (const leg of supervisors(step.call)) {
    const muted = leg.supervision?.mode !== 'barge' && whisperOf(step.call, leg)?.state !== 'up';
    if (leg.muted !== muted) step.changeLeg(leg.id, { muted });
  }
}
