// What people ask of a call: who may, in which phase, and what it changes. Refusals carry a code (design §6).
// It must not check roles of the HTTP surface; it checks that a seat is a party of this call.
import type { CallCommand } from '../../protocol/commands.ts';
import type { Actor, Target } from '../../protocol/words.ts';
import { refuse } from '../decision.ts';
import type { Refused } from '../decision.ts';
import { newsOf } from '../notice/raising.ts';
import { decide, decideDanger, propose } from './outcome.ts';
import { callerOf, seatLeg, talkers } from './state.ts';
import type { Leg } from './state.ts';
import type { Step } from './step.ts';
import { hangUp, leave } from './leaving.ts';
import { settle } from './parting.ts';
import { pauseRecording } from './recording.ts';
import { askForKey, decideSilence } from './silence.ts';
import { endSupervision, supervise } from './supervision.ts';
import { cancelConsult, cancelTransfer, mergeTransfer, startTransfer } from './transferring.ts';
import { cancelInvites, consultAll, invite } from './three-way.ts';

type Result = Refused | null;

/** Returns a refusal, or null when the step now holds what the command did. */
export function obey(step: Step, actor: Actor, command: CallCommand): Result {
  const { phase } = step.call;
  // WR1: a tag is welcome to the last moment.
  if (command.name === 'tag') return tag(step, actor, command.body);
  if (phase.name === 'ending') return refuse('call-ended');
  if (phase.name === 'rating') return afterTalk(step, actor, command);
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
      return cancel(step);
    case 'transfer-merge':
      return merge(step);
    case 'three-way':
      return threeWay(step, leg, command.body.to);
    case 'consult':
      return consult(step, command.body.on);
    case 'leave':
      return leave(step, leg, command.body.disposition);
    case 'hang-up':
      return hangUp(step, leg, command.body);
    case 'guide':
      return guide(step, actor, command.body);
    case 'recording-pause':
    case 'recording-resume':
      return pauseRecording(step, actor, command);
    case 'silence-ask':
      return askForKey(step, actor);
    case 'silence-decide':
      return decideSilence(step, actor, command.body);
    case 'supervise':
      return supervise(step, actor, command.body);
    case 'supervise-end':
      return endSupervision(step, actor);
  }
}

function guide(step: Step, actor: Actor, body: Extract<CallCommand, { name: 'guide' }>['body']): Result {
  if (!step.rules.route({ line: body.line })) return refuse('unknown-target', 'line');
  // R6: told which line is the right one; that is the disposition.
  step.set({ disposition: `guided:${body.line}` });
  step.fact('call.guided', { line: body.line, note: body.note ?? '', seat: actor.seat });
  return null;
}

/** The seat has left and wraps up while its caller is asked (R14): what it still owes it may still say. */
function afterTalk(step: Step, actor: Actor, command: CallCommand): Result {
  const { id, seats, tag: known } = step.call;
  if (command.name !== 'guide' || actor.seat === null || !seats.includes(actor.seat))
    return refuse('call-ended');
  const refused = guide(step, actor, command.body);
  if (!refused) step.tell({ type: 'tagged', call: id, seats, class: known?.class ?? 'general' });
  return refused;
}

function tag(step: Step, actor: Actor, body: Extract<CallCommand, { name: 'tag' }>['body']): Result {
  if (actor.role === 'seat' && (actor.seat === null || !step.call.seats.includes(actor.seat)))
    return refuse('not-a-party');
  const before = step.call.tag;
  step.set({ tag: body });
  step.fact('call.tagged', { ...body, seat: actor.seat });
  // WR2: the class takes effect now, not at wrap-up.
  step.tell({ type: 'tagged', call: step.call.id, seats: step.call.seats, class: body.class });
  for (const { type, data } of newsOf(step.call, before, body, step.rules.platforms)) step.fact(type, data);
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
    const { phase } = step.call;
    if (!step.call.outcome && !(phase.name === 'three-way' && phase.joined)) return refuse('wrong-phase');
    if (body.acceptedBy !== 'both' && !step.rules.platform(body.acceptedBy))
      return refuse('invalid-field', 'acceptedBy');
    decide(step, body.acceptedBy, 'supervisor', body.note);
    settle(step);
    return null;
  }
  const refused = propose(step, leg?.platform ?? step.call.platform, body.acceptedBy, body.note);
  if (!refused) settle(step);
  return refused;
}

/** A party as named by a client: `caller`, or the id of a leg that is up. */
const party = (step: Step, name: string): Leg | undefined =>
  name === 'caller' ? callerOf(step.call) : talkers(step.call).find((leg) => leg.id === name);

function hold(step: Step, name: string, on: boolean): Result {
  const { phase } = step.call;
  if (phase.name !== 'talking' && phase.name !== 'three-way') return refuse('wrong-phase');
  const leg = party(step, name === callerOf(step.call)?.id ? 'caller' : name);
  if (leg?.state !== 'up') return refuse('no-such-party', 'party');
  if (leg.held === on) return refuse('already-so');
  step.changeLeg(leg.id, { held: on });
  step.fact(on ? 'call.held' : 'call.resumed', { party: leg.id, role: leg.role, seat: leg.seat });
  return null;
}

function mute(step: Step, name: string, on: boolean): Result {
  const leg = party(step, name === callerOf(step.call)?.id ? 'caller' : name);
  if (leg?.state !== 'up') return refuse('no-such-party', 'party');
  if (leg.muted === on) return refuse('already-so');
  step.changeLeg(leg.id, { muted: on });
  step.fact(on ? 'call.muted' : 'call.unmuted', { party: leg.id, role: leg.role, seat: leg.seat });
  return null;
}

/** What was asked and not answered yet is called off; in a consultation, the target that answered goes (TR8). */
function cancel(step: Step): Result {
  const { phase } = step.call;
  if (phase.name === 'transferring') {
    cancelTransfer(step, phase.transfer, phase.reach);
    return null;
  }
  if (phase.name !== 'three-way') return refuse('no-transfer');
  if (cancelInvites(step, phase)) return null;
  if (!phase.consult) return refuse('no-transfer');
  cancelConsult(step, phase.consult);
  return null;
}

/** TR9: before the target answers, and after. With the first seat gone there is nobody to be three with. */
function merge(step: Step): Result {
  const { phase } = step.call;
  if (phase.name === 'three-way') return consult(step, false);
  if (phase.name !== 'transferring') return refuse('no-transfer');
  if (phase.transfer.orphaned) return refuse('wrong-phase');
  mergeTransfer(step, phase.transfer, phase.reach);
  return null;
}

function threeWay(step: Step, leg: Leg | undefined, to: Target): Result {
  const { phase } = step.call;
  if (phase.name === 'transferring') return refuse('transfer-in-progress');
  if (phase.name !== 'talking' && phase.name !== 'three-way') return refuse('wrong-phase');
  if (!leg) return refuse('not-a-party');
  const route = step.rules.route(to);
  if (!route) return refuse('unknown-target', 'to');
  if (route.kind === 'seat' && seatLeg(step.call, route.seat)) return refuse('already-so', 'to');
  const asked = phase.name === 'three-way' ? phase.invites : [];
  if (asked.some((each) => JSON.stringify(each.reach.to) === JSON.stringify(to)))
    return refuse('already-so', 'to');
  // TW7: the caller, who talks, who is being asked, and one more.
  if (1 + talkers(step.call).length + asked.length + 1 > step.rules.maxParties)
    return refuse('too-many-parties');
  invite(step, leg, to, route);
  return null;
}

function consult(step: Step, on: boolean): Result {
  const { phase } = step.call;
  if (phase.name !== 'three-way') return refuse('wrong-phase');
  const seats = talkers(step.call);
  if (on && seats.length < 2) return refuse('wrong-phase');
  if (seats.every((leg) => leg.consulting === on)) return refuse('already-so');
  consultAll(step, phase, on);
  return null;
}
