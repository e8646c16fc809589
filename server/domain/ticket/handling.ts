// The way of a ticket through its platform and its unit: accept, assign, sign, on site, feedback, close (R9, R12, R24).
// It must not move a ticket to another platform: moving.ts does.
import type { Ticket, TicketCommand, TicketState } from '../../protocol/ticket.ts';
import type { Unit } from '../../protocol/reference.ts';
import type { Actor } from '../../protocol/words.ts';
import type { Refused } from '../decision.ts';
import { refuse } from '../decision.ts';
import { shiftAt } from './duty.ts';
import { tellClass } from './opening.ts';
import { classRule } from './rules.ts';
import type { Step } from './step.ts';

type Of<N extends TicketCommand['name']> = Extract<TicketCommand, { name: N }>['body'];
export type Result = Refused | null;

export const isIn = (ticket: Ticket, ...states: readonly TicketState[]): boolean =>
  states.includes(ticket.state);

export function accept(step: Step, actor: Actor): Result {
  if (!isIn(step.ticket, 'new', 'returned')) return refuse('wrong-state');
  markAccepted(step, actor.user, {});
  return null;
}

export function markAccepted(step: Step, by: string, data: Readonly<Record<string, unknown>>): void {
  const due = step.due('accept');
  step.set({ state: 'accepted', acceptedAt: step.now, acceptedBy: by });
  step.met('accept');
  const { platform } = step.ticket;
  step.acknowledge(({ to, kind }) => to === platform && kind !== 'major', by);
  step.fact('accepted', { ...data, ...due });
  for (const link of step.ticket.links) {
    // R20: the one who sent it sees that it was taken.
    if (link.kind === 'joint' || link.kind === 'parent')
      step.order({
        type: 'tell',
        ticket: link.ticket,
        input: { type: 'linked-accepted', platform, by, at: step.at },
      });
  }
}

export function assign(step: Step, body: Of<'assign'>): Result {
  if (!isIn(step.ticket, 'accepted', 'assigned', 'returned', 'escalated')) return refuse('wrong-state');
  return assignTo(step, body.unit, body.note);
}

export function assignTo(step: Step, code: string, note: string | undefined): Result {
  const unit = step.book.unit(code);
  if (!unit) return refuse('unknown-unit', 'unit');
  const { emergency, platform, class: cls } = step.ticket;
  if (emergency && !unit.emergencyTeam) return refuse('unit-has-no-team', 'unit');
  const rule = classRule(step.book, platform, cls);
  const { rules } = step.book;
  step.set({ state: 'assigned', unit: code, assignedAt: step.now });
  step.unset('signedAt', 'onSiteAt');
  step.met('accept');
  step.deadline('sign', emergency ? rules.emergency.signMinutes : rule.signMinutes);
  // R9: the two hours count from the dispatch, not from the signature.
  const onSite = emergency ? rules.emergency.onSiteMinutes : rule.onSiteMinutes;
  if (onSite !== undefined) step.deadline('on-site', onSite);
  step.deadline('feedback', rule.feedbackMinutes);
  step.fact('assigned', { unit: code, unitName: unit.name, ...(note === undefined ? {} : { note }) });
  if (emergency && unit.duty.length > 0) tellDuty(step, unit);
  return null;
}

/** R9: whom the roster names at this hour is on record, and so is an hour in which it names nobody. */
function tellDuty(step: Step, unit: Unit): void {
  const shift = shiftAt(unit, step.at);
  if (shift) step.fact('duty-told', { unit: unit.code, line: shift.line, from: shift.from, to: shift.to });
  else step.fact('duty-uncovered', { unit: unit.code, unitName: unit.name });
}

export function sign(step: Step, note: string | undefined): Result {
  if (!isIn(step.ticket, 'assigned')) return refuse('wrong-state');
  const due = step.due('sign');
  step.set({ state: 'signed', signedAt: step.now });
  step.met('sign');
  const { unit } = step.ticket;
  step.acknowledge(({ to }) => to === unit, step.actor);
  step.fact('signed', { unit: unit ?? null, ...due, ...(note === undefined ? {} : { note }) });
  return null;
}

export function onSite(step: Step, note: string | undefined): Result {
  if (!isIn(step.ticket, 'signed')) return refuse('wrong-state');
  const due = step.due('on-site');
  step.set({ state: 'on-site', onSiteAt: step.now });
  step.met('on-site');
  step.fact('on-site', { unit: step.ticket.unit ?? null, ...due, ...(note === undefined ? {} : { note }) });
  return null;
}

export function feedback(step: Step, body: Of<'feedback'>): Result {
  const { ticket } = step;
  const mustArrive = ticket.emergency && ticket.unit !== undefined;
  const from: TicketState[] = mustArrive
    ? ['on-site', 'feedback']
    : ['accepted', 'signed', 'on-site', 'escalated', 'feedback'];
  if (!isIn(ticket, ...from)) return refuse('wrong-state');
  const due = step.due('feedback');
  step.set({ state: 'feedback', feedback: { text: body.text, by: step.actor, at: step.now } });
  step.met('feedback');
  step.fact('fed-back', { text: body.text, unit: ticket.unit ?? null, ...due });
  return null;
}

export function close(step: Step, body: Of<'close'>): Result {
  if (!isIn(step.ticket, 'feedback', 'accepted')) return refuse('wrong-state');
  const due = step.due('close');
  step.set({ state: 'closed', closedAt: step.now, resolution: body.resolution });
  step.met('close');
  step.fact('closed', { resolution: body.resolution, unit: step.ticket.unit ?? null, ...due });
  return null;
}

export function amend(step: Step, body: Of<'amend'>): Result {
  if (isIn(step.ticket, 'closed')) return refuse('wrong-state');
  if (body.region !== undefined && body.region !== '' && !step.book.hasRegion(body.region))
    return refuse('invalid-field', 'region');
  put(step, body);
  return null;
}

/** Changes what the ticket says; a class that rises brings its deadlines and notices at once (WR2). */
export function put(step: Step, body: Of<'amend'>): void {
  const changes = Object.fromEntries(
    Object.entries(body).filter(
      ([name, value]) => value !== undefined && step.ticket[name as keyof Ticket] !== value,
    ),
  ) as Partial<Ticket>;
  if (Object.keys(changes).length === 0) return;
  const before = step.ticket.class;
  step.set(changes);
  step.fact('amended', { ...changes });
  if (step.ticket.class === before) return;
  const rule = classRule(step.book, step.ticket.platform, step.ticket.class);
  step.set({ emergency: rule.emergency });
  step.deadline('close', rule.closeMinutes);
  if (isIn(step.ticket, 'new', 'returned')) step.deadline('accept', rule.acceptMinutes);
  tellClass(step);
}
