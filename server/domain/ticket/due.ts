// Deadlines and acknowledgements: when a ticket next needs a look, and what happens then (R9, R23, R24).
// It must not keep timers: the next time is worked out of the ticket alone, so it survives restarts and clock jumps.
import type { Ticket } from '../../protocol/ticket.ts';
import type { Time } from '../../protocol/words.ts';
import type { TicketBook } from './rules.ts';
import type { Step } from './step.ts';

const longestChaseMs = 30 * 60_000;

type Deadline = Ticket['deadlines'][number];
type Receipt = Ticket['receipts'][number];

/** Chased at once often, then ever more seldom, never not at all. */
function nextChase({ rules }: TicketBook, receipt: Receipt): Time {
  const each = rules.chaseSeconds * 1000;
  const waited = Array.from({ length: receipt.chased + 1 }, (_, n) =>
    Math.min(each * 2 ** n, longestChaseMs),
  );
  return Date.parse(receipt.at) + waited.reduce((sum, one) => sum + one, 0);
}

const nextOf = (deadline: Deadline): Time | null => {
  if (deadline.metAt !== undefined || deadline.missed) return null;
  return Date.parse(deadline.reminded ? deadline.at : deadline.remindAt);
};

/** When this ticket is next due for a look; null when nothing is owed. */
export function nextDue(book: TicketBook, ticket: Ticket): Time | null {
  if (ticket.state === 'closed') return null;
  const times = [
    ...ticket.deadlines.flatMap((deadline) => nextOf(deadline) ?? []),
    ...ticket.receipts.flatMap((receipt) =>
      receipt.acknowledgedAt === undefined ? [nextChase(book, receipt)] : [],
    ),
  ];
  return times.length === 0 ? null : Math.min(...times);
}

export function stepDue(step: Step): void {
  if (step.ticket.state === 'closed') return;
  const deadlines = step.ticket.deadlines.map((deadline) => {
    if (deadline.metAt !== undefined || deadline.missed) return deadline;
    const data = { deadline: deadline.name, at: deadline.at, unit: step.ticket.unit ?? null };
    if (step.at >= Date.parse(deadline.at)) {
      step.fact('deadline-missed', data);
      return { ...deadline, reminded: true, missed: true };
    }
    if (deadline.reminded || step.at < Date.parse(deadline.remindAt)) return deadline;
    step.fact('deadline-near', data);
    return { ...deadline, reminded: true };
  });
  const receipts = step.ticket.receipts.map((receipt) => {
    if (receipt.acknowledgedAt !== undefined) return receipt;
    let { chased } = receipt;
    // After a long stop the times that passed count as one: a restart must not pour out alarms.
    while (step.at >= nextChase(step.book, { ...receipt, chased })) chased += 1;
    if (chased === receipt.chased) return receipt;
    step.fact('unacknowledged', { receiver: receipt.to, kind: receipt.kind, since: receipt.at, chased });
    return { ...receipt, chased };
  });
  if (step.facts.length > 0) step.set({ deadlines, receipts });
}

/** Whether a deadline was missed and what it asked for has still not been done: the supervision list (督办). */
export const isOverdue = (ticket: Ticket): boolean =>
  ticket.state !== 'closed' && ticket.deadlines.some(({ missed, metAt }) => missed && metAt === undefined);
