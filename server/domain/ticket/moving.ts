// A ticket between platforms: handed over, returned, escalated, handled jointly, disputed (R5, R7, R8, R11, R20).
// It must not touch the other ticket of a link but by `open` and `tell`.
import type { Ticket, TicketCommand } from '../../protocol/ticket.ts';
import type { Actor, Platform } from '../../protocol/words.ts';
import { refuse } from '../decision.ts';
import { assignTo, isIn, markAccepted } from './handling.ts';
import type { Result } from './handling.ts';
import type { Identity, TicketInput } from './inputs.ts';
import { kindOf, open, tellClass } from './opening.ts';
import { classRule, otherPlatform } from './rules.ts';
import type { Step } from './step.ts';

type Of<N extends TicketCommand['name']> = Extract<TicketCommand, { name: N }>['body'];

export function handOver(step: Step, { to, reason }: Of<'handover'>): Result {
  const { platform, handedOverFrom } = step.ticket;
  if (!isIn(step.ticket, 'new', 'accepted', 'returned')) return refuse('wrong-state');
  if (!step.book.platforms.includes(to)) return refuse('unknown-target', 'to');
  if (to === platform) return refuse('already-so', 'to');
  // As with calls (TR13): back to where it came from only with a reason.
  if (to === handedOverFrom && reason === undefined) return refuse('transfer-loop', 'reason');
  move(step, to);
  step.deadline('accept', classRule(step.book, to, step.ticket.class).acceptMinutes);
  step.send(to, 'push');
  step.fact('handed-over', { from: platform, to, ...(reason === undefined ? {} : { reason }) });
  return null;
}

function move(step: Step, to: Platform): void {
  const { platform, platforms } = step.ticket;
  step.set({
    platform: to,
    kind: kindOf(step.book, to),
    platforms: [...new Set([...platforms, to])],
    handedOverFrom: platform,
    state: 'new',
  });
  step.unset('unit');
  step.lift('accept', 'sign', 'on-site', 'feedback');
}

/** With the call: the seat that answered has accepted the matter (R2), so no acknowledgement is owed. */
export function carry(step: Step, input: Extract<TicketInput, { type: 'carried' }>): void {
  const from = step.ticket.platform;
  move(step, input.to);
  step.fact('handed-over', { from, to: input.to, by: input.why, call: input.call });
  if (input.seat !== null) markAccepted(step, input.seat, { seat: input.seat, by: 'call' });
  else {
    step.deadline('accept', classRule(step.book, input.to, step.ticket.class).acceptMinutes);
    step.send(input.to, 'push');
  }
  tellClass(step);
}

export function giveBack(step: Step, body: Of<'return'>): Result {
  const { ticket } = step;
  if (body.disputed) dispute(step, body.reason);
  if (ticket.unit !== undefined && isIn(ticket, 'assigned', 'signed', 'on-site')) {
    step.fact('returned', { from: ticket.unit, to: ticket.platform, reason: body.reason });
    step.set({ state: 'returned', returns: ticket.returns + 1 });
    step.unset('unit');
    step.lift('sign', 'on-site', 'feedback');
    step.deadline('accept', classRule(step.book, ticket.platform, ticket.class).acceptMinutes);
    return null;
  }
  const to = ticket.handedOverFrom;
  if (to === undefined || !isIn(ticket, 'new', 'accepted', 'returned')) return refuse('wrong-state');
  step.fact('returned', { from: ticket.platform, to, reason: body.reason });
  move(step, to);
  step.set({ state: 'returned', returns: ticket.returns + 1 });
  step.deadline('accept', classRule(step.book, to, ticket.class).acceptMinutes);
  step.send(to, 'push');
  return null;
}

/** R8: 110 gets a ticket of its own at once, and is rung where the call is up. */
export function escalate(step: Step, body: Of<'escalate'>, actor: Actor, next: Identity): Result {
  const { ticket } = step;
  const to = step.book.rules.dangerPlatform;
  if (isIn(ticket, 'closed')) return refuse('wrong-state');
  if (ticket.platform === to || ticket.links.some(({ kind }) => kind === 'escalation'))
    return refuse('already-so');
  const opened = openLinked(step, to, next, 'escalation', {
    summary: `${body.reason}\n${ticket.summary}`.slice(0, 2000),
    class: ticket.class === 'major' ? 'major' : 'urgent',
    source: actor.role === 'system' ? 'unit' : ticket.source,
  });
  if (opened) return opened;
  step.set({
    state: 'escalated',
    links: [...ticket.links, { ticket: next.id, kind: 'escalation' }],
    platforms: [...new Set([...ticket.platforms, to])],
  });
  step.send(to, 'escalation');
  step.fact('escalated', { to, reason: body.reason, linked: next.id });
  const call = ticket.calls.at(-1);
  if (call !== undefined) step.order({ type: 'ring', call, line: to });
  return null;
}

/** R20: the department and the other platform are told in one step; both acknowledgements show here. */
export function joint(step: Step, body: Of<'joint'>, next: Identity): Result {
  const { ticket } = step;
  if (!isIn(ticket, 'accepted', 'returned', 'escalated')) return refuse('wrong-state');
  const to = otherPlatform(step.book, ticket.platform);
  if (to === null) return refuse('unknown-target');
  if (ticket.joint) return refuse('already-so');
  const refused = assignTo(step, body.unit, body.reason);
  if (refused) return refused;
  const opened = openLinked(step, to, next, 'joint', {});
  if (opened) return opened;
  step.set({
    joint: true,
    links: [...step.ticket.links, { ticket: next.id, kind: 'joint' }],
    platforms: [...new Set([...step.ticket.platforms, to])],
  });
  step.send(body.unit, 'joint');
  step.send(to, 'joint');
  step.fact('joint-started', { unit: body.unit, with: to, linked: next.id, reason: body.reason ?? '' });
  return null;
}

function openLinked(
  step: Step,
  platform: Platform,
  identity: Identity,
  kind: 'escalation' | 'joint',
  change: Partial<Pick<Ticket, 'summary' | 'class' | 'source'>>,
): Result {
  const { ticket } = step;
  const { item, region, place, summary, confidential, policeAttended, caller, source } = ticket;
  const opened = open(step.book, {
    identity,
    platform,
    origin: ticket.platform,
    actor: step.actor,
    at: step.at,
    wish: {
      class: ticket.class,
      source,
      item,
      region,
      place,
      summary,
      confidential,
      policeAttended,
      ...(caller === undefined ? {} : { caller }),
      ...change,
    },
    links: [{ ticket: ticket.id, kind: kind === 'joint' ? 'joint' : 'parent' }],
    pushed: kind,
  });
  if (!opened.ok) return opened;
  // The call belongs to it, too, but it did not come from it: only one ticket of a call and platform did (WR3).
  const linked = { ...opened.state, calls: [...ticket.calls] };
  step.order({ type: 'open', opened: { ...opened, state: linked } });
  return null;
}

export function dispute(step: Step, reason: string): Result {
  const { platform, disputes } = step.ticket;
  step.set({ disputes: [...disputes, { platform, by: step.actor, reason, at: step.now }] });
  step.fact('disputed', { reason });
  return null;
}

export function decideDispute(step: Step, { platform, note }: Of<'dispute-decide'>): Result {
  const { disputes } = step.ticket;
  if (!step.book.platforms.includes(platform)) return refuse('invalid-field', 'platform');
  if (!disputes.some(({ decision }) => decision === undefined)) return refuse('wrong-state');
  const decision = { platform, by: step.actor, note, at: step.now };
  step.set({
    disputes: disputes.map((each) => (each.decision === undefined ? { ...each, decision } : each)),
  });
  step.fact('dispute-decided', { for: platform, note });
  return null;
}

export function linkedAccepted(step: Step, input: Extract<TicketInput, { type: 'linked-accepted' }>): void {
  const told = step.acknowledge(
    ({ to, kind }) => to === input.platform && (kind === 'joint' || kind === 'escalation'),
    input.by,
  );
  if (told > 0) step.fact('acknowledged', { by: input.by, receiver: input.platform });
}
