// What people ask of a call: who may, in which phase, and what it changes. Refusals carry a code (design §6).
// It must not check roles of the HTTP surface; it checks that a seat is a party of this call.
import type { CallCommand } from '../../protocol/commands.ts';
import type { Actor } from '../../protocol/words.ts';
import { refuse } from '../decision.ts';
import type { Refused } from '../decision.ts';
import { becomeEnding } from './ending.ts';
import { decide, decideDanger, propose } from './outcome.ts';
import { callerOf, legOf, seatLeg, talkers } from './state.ts';
import type { Leg } from './state.ts';
import type { Step } from './step.ts';
import { cancelTransfer, mergeTransfer, startTransfer } from './transferring.ts';
import { invite, partyLeft, settle } from './three-way.ts';

type Result = Refused | null;

/** Returns a refusal, or null when the step now holds what the command did. */
export function obey(step: Step, actor: Actor, command: CallCommand): Result {
  const { phase } = step.call;
  if (phase.name === 'ending') return refuse('call-ended');
  if (command.name === 'tag') return tag(step, actor, command.body);
  if (command.name === 'outcome') return outcome(step, actor, command.body);
  const own = actor.seat === null ? undefined : seatLeg(step.call, actor.seat);
  const leg = own?.state === 'up' ? own : undefined;
  // A supervisor acts on a call of its platform without being a party; what needs a leg of one's own is refused below.
  const chief = actor.role === 'supervisor';
  if (!leg && !chief) return refuse('not-a-party');
  switch (command.name) {
    case 'hold':
    case 'resume':
      return hold(step, command.body.party, command.name === 'hold');
    case 'mute':
    case 'unmute':
      return mute(step, command.body.party ?? leg?.id ?? '', command.name === 'mute');
    case 'transfer': {
      if (phase.name === 'transferring') return refuse('transfer-in-progress');
      if (phase.name !== 'talking') return refuse('wrong-phase');
      const from = leg ?? talkers(step.call)[0];
      return from ? startTransfer(step, actor, from, command.body) : refuse('not-a-party');
    }
    case 'transfer-cancel':
      if (phase.name !== 'transferring') return refuse('no-transfer');
      cancelTransfer(step, phase.transfer, phase.reach);
      return null;
    case 'transfer-merge':
      if (phase.name === 'transferring') {
        mergeTransfer(step, phase.transfer, phase.reach);
        return null;
      }
      return phase.name === 'three-way' ? consult(step, false) : refuse('no-transfer');
    case 'three-way':
      return threeWay(step, leg, command.body.to);
    case 'consult':
      return consult(step, command.body.on);
    case 'leave':
      return leave(step, leg, command.body.disposition);
    case 'hang-up':
      return hangUp(step, leg, command.body);
    case 'guide': {
      const line = step.rules.route({ line: command.body.line });
      if (!line) return refuse('unknown-target', 'line');
      // R6: told which line is the right one; that is the disposition.
      step.set({ disposition: `guided:${command.body.line}` });
      step.fact('call.guided', { line: command.body.line, note: command.body.note ?? '', seat: actor.seat });
      return null;
    }
    case 'supervise':
    case 'supervise-end':
      return refuse('wrong-phase');
  }
}

function tag(step: Step, actor: Actor, body: Extract<CallCommand, { name: 'tag' }>['body']): Result {
  if (actor.role === 'seat' && (actor.seat === null || !step.call.seats.includes(actor.seat)))
    return refuse('not-a-party');
  step.set({ tag: body });
  step.fact('call.tagged', { ...body, seat: actor.seat });
  // WR2: the class takes effect now, not at wrap-up.
  step.tell({ type: 'tagged', call: step.call.id, seats: step.call.seats, class: body.class });
  if (body.class === 'major') step.fact('alarm.major', { class: body.class, summary: body.summary });
  return null;
}

function outcome(step: Step, actor: Actor, body: Extract<CallCommand, { name: 'outcome' }>['body']): Result {
  const leg = actor.seat === null ? undefined : seatLeg(step.call, actor.seat);
  if (!leg && actor.role !== 'supervisor') return refuse('not-a-party');
  if (body.danger) {
    decideDanger(step, body.note);
    settle(step);
    return null;
  }
  if (body.acceptedBy === undefined) return refuse('invalid-field', 'acceptedBy');
  if (actor.role === 'supervisor') {
    // TW5: decided once; changed only by a supervisor, with a reason.
    if (!body.note) return refuse('invalid-field', 'note');
    if (!step.call.outcome && step.call.phase.name !== 'three-way') return refuse('wrong-phase');
    decide(step, body.acceptedBy, 'supervisor', body.note);
    settle(step);
    return null;
  }
  const refused = propose(step, leg?.platform ?? step.call.platform, body.acceptedBy, body.note);
  if (!refused) settle(step);
  return refused;
}

/** A party as named by a client: `caller`, or a leg id of this call. */
const party = (step: Step, name: string): Leg | undefined =>
  name === 'caller' ? callerOf(step.call) : legOf(step.call, name);

function hold(step: Step, name: string, on: boolean): Result {
  const { phase } = step.call;
  if (phase.name !== 'talking' && phase.name !== 'three-way') return refuse('wrong-phase');
  const leg = party(step, name);
  if (leg?.state !== 'up') return refuse('no-such-party', 'party');
  if (leg.held === on) return refuse('already-so');
  step.changeLeg(leg.id, { held: on });
  step.fact(on ? 'call.held' : 'call.resumed', { party: leg.id, role: leg.role, seat: leg.seat });
  return null;
}

function mute(step: Step, name: string, on: boolean): Result {
  const leg = party(step, name);
  if (leg?.state !== 'up') return refuse('no-such-party', 'party');
  if (leg.muted === on) return refuse('already-so');
  step.changeLeg(leg.id, { muted: on });
  step.fact(on ? 'call.muted' : 'call.unmuted', { party: leg.id, role: leg.role, seat: leg.seat });
  return null;
}

function threeWay(
  step: Step,
  leg: Leg | undefined,
  to: Extract<CallCommand, { name: 'three-way' }>['body']['to'],
): Result {
  const { phase } = step.call;
  if (phase.name === 'transferring') return refuse('transfer-in-progress');
  if (phase.name !== 'talking' && phase.name !== 'three-way') return refuse('wrong-phase');
  if (!leg) return refuse('not-a-party');
  const route = step.rules.route(to);
  if (!route) return refuse('unknown-target', 'to');
  if (route.kind === 'seat' && seatLeg(step.call, route.seat)) return refuse('already-so', 'to');
  const invited = phase.name === 'three-way' ? phase.invites.length : 0;
  // TW7: up to six legs.
  if (talkers(step.call).length + 1 + invited >= step.rules.maxParties) return refuse('too-many-parties');
  invite(step, leg, to, route);
  return null;
}

/** TW3: the seats talk without the caller, who has music; and back. */
function consult(step: Step, on: boolean): Result {
  if (step.call.phase.name !== 'three-way') return refuse('wrong-phase');
  const seats = talkers(step.call);
  if (on && seats.length < 2) return refuse('wrong-phase');
  if (seats.every((leg) => leg.consulting === on)) return refuse('already-so');
  step.changeLegs((leg) => seats.some(({ id }) => id === leg.id), { consulting: on });
  step.fact(on ? 'threeway.consult-started' : 'threeway.consult-ended', {
    seats: seats.map((leg) => leg.seat ?? leg.line),
  });
  return null;
}

function leave(step: Step, leg: Leg | undefined, disposition: string | undefined): Result {
  if (!leg) return refuse('not-a-party');
  if (step.call.phase.name === 'transferring') return refuse('transfer-in-progress');
  if (disposition !== undefined) step.set({ disposition });
  const others = talkers(step.call).filter((other) => other.id !== leg.id);
  if (others.length === 0) return endBySeat(step, leg);
  step.hangUp(leg.id);
  partyLeft(step, leg, null);
  return null;
}

function hangUp(
  step: Step,
  leg: Leg | undefined,
  body: { disposition?: string | undefined; party?: string | undefined },
): Result {
  if (body.party !== undefined) {
    const other = party(step, body.party);
    if (other?.state !== 'up') return refuse('no-such-party', 'party');
    if (other.role !== 'caller' && other.id !== leg?.id) {
      step.hangUp(other.id);
      step.fact('call.party-dropped', { party: other.id, seat: other.seat, line: other.line });
      partyLeft(step, other, null);
      return null;
    }
  }
  if (body.disposition !== undefined) step.set({ disposition: body.disposition });
  if (step.call.phase.name === 'transferring') return refuse('transfer-in-progress');
  if (leg && talkers(step.call).length > 1) return leave(step, leg, body.disposition);
  return endBySeat(step, leg);
}

/** CL4: the last seat ends the call; out of a three-way only with an outcome or a disposition (TW4). */
function endBySeat(step: Step, leg: Leg | undefined): Result {
  const { phase } = step.call;
  if (
    phase.name === 'three-way' &&
    phase.joined &&
    phase.outcome.acceptedBy === null &&
    step.call.disposition === null
  )
    return refuse('outcome-required');
  becomeEnding(step, leg ? 'ended-by-seat' : 'released-by-supervisor');
  return null;
}
