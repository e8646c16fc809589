// Which tickets one may see, and how much of them (R13, R28). It must not know routes.
import type { ItemDecision, Ticket, TicketFact, UntaggedCall } from '../protocol/ticket.ts';
import type { Actor } from '../protocol/words.ts';
import { maskName, maskNumber, maskText } from './privacy/masking.ts';

/** A platform sees every ticket it has or had a part in; a system client without a platform sees all. */
export function mayTicket(actor: Actor, ticket: Ticket): boolean {
  if (actor.role === 'system' && actor.platform === null) return true;
  if (!['seat', 'supervisor', 'system'].includes(actor.role)) return false;
  return actor.platform !== null && ticket.platforms.includes(actor.platform);
}

/** Masked for everybody: the number and name in full are an audited act with a reason (`reveal`). */
export function ticketSeen(ticket: Ticket): Ticket {
  const { caller, confidential, feedback, resolution } = ticket;
  const shown: Ticket = {
    ...ticket,
    summary: maskText(ticket.summary),
    place: maskText(ticket.place),
    disputes: ticket.disputes.map((dispute) => ({ ...dispute, reason: maskText(dispute.reason) })),
    ...(feedback === undefined ? {} : { feedback: { ...feedback, text: maskText(feedback.text) } }),
    ...(resolution === undefined ? {} : { resolution: maskText(resolution) }),
  };
  // Asked to be kept confidential: not even a masked number.
  if (confidential) delete shown.caller;
  else if (caller !== undefined)
    shown.caller = {
      number: maskNumber(caller.number),
      ...(caller.name === undefined ? {} : { name: maskName(caller.name) }),
    };
  return shown;
}

const textKeys = new Set(['reason', 'note', 'text', 'resolution', 'summary', 'place']);

export function factSeen(fact: TicketFact): TicketFact {
  const data = Object.fromEntries(
    Object.entries(fact.data).map(([key, value]) => [
      key,
      textKeys.has(key) && typeof value === 'string' ? maskText(value) : value,
    ]),
  );
  return { ...fact, data };
}

export const decisionSeen = (decision: ItemDecision): ItemDecision => ({
  ...decision,
  note: maskText(decision.note),
});

export const untaggedSeen = (call: UntaggedCall): UntaggedCall => ({
  ...call,
  number: maskNumber(call.number),
});
