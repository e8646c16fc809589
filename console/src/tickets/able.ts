// What may be done with a ticket now, by its state and who looks: so that a screen offers no press that is sure to be refused.
// Pure. The server has the last word; its refusal is shown (RC3).
import type { Ticket } from '../../../server/protocol/ticket.ts';

export type TicketPress =
  | 'accept'
  | 'assign'
  | 'sign'
  | 'on-site'
  | 'feedback'
  | 'close'
  | 'return'
  | 'handover'
  | 'escalate'
  | 'joint'
  | 'dispute'
  | 'decide'
  | 'conceal'
  | 'unconceal';

export function ticketPresses(ticket: Ticket, platform: string | null, role: string): readonly TicketPress[] {
  const { state } = ticket;
  if (state === 'closed' || (role !== 'supervisor' && role !== 'seat')) return [];
  const own = ticket.platform === platform;
  const into = (...states: readonly Ticket['state'][]) => own && states.includes(state);
  const can: Readonly<Record<TicketPress, boolean>> = {
    accept: into('new', 'returned'),
    assign: into('accepted', 'assigned', 'returned', 'escalated'),
    sign: into('assigned'),
    'on-site': into('signed'),
    feedback:
      ticket.emergency && ticket.unit !== undefined
        ? into('on-site', 'feedback')
        : into('accepted', 'signed', 'on-site', 'escalated', 'feedback'),
    close: into('feedback', 'accepted'),
    return:
      (ticket.unit !== undefined && into('assigned', 'signed', 'on-site')) ||
      (ticket.handedOverFrom !== undefined && into('new', 'accepted', 'returned')),
    handover: into('new', 'accepted', 'returned'),
    escalate: ticket.platform !== '110' && !ticket.links.some(({ kind }) => kind === 'escalation'),
    joint: !ticket.joint && into('accepted', 'returned', 'escalated'),
    dispute: !ticket.disputes.some(({ decision }) => decision === undefined),
    decide: role === 'supervisor' && ticket.disputes.some(({ decision }) => decision === undefined),
    conceal: own && !ticket.confidential,
    unconceal: own && ticket.confidential && role === 'supervisor',
  };
  return (Object.keys(can) as TicketPress[]).filter((press) => can[press]);
}

/** The deadline that comes next: the earliest that is neither met nor lifted. */
export const nextDeadline = (ticket: Ticket): Ticket['deadlines'][number] | undefined =>
  ticket.deadlines
    .filter(({ metAt }) => metAt === undefined)
    .toSorted((one, two) => Date.parse(one.at) - Date.parse(two.at))[0];
