// Tickets for a file, page by page, masked for the one who asks (R13, R28).
// It must not keep a transaction open while somebody downloads: each page is a question of its own.
import type { ExportWish } from '../../engine/tickets/exports.ts';
import type { TicketStore } from '../../engine/tickets/ports.ts';
import type { Ticket } from '../../protocol/ticket.ts';
import { mayTicket, ticketSeen } from '../ticket-scope.ts';

const rowsAtOnce = 250;

export async function* ticketPages(
  list: TicketStore['list'],
  { actor, filter }: Pick<ExportWish, 'actor' | 'filter'>,
): AsyncGenerator<readonly Ticket[]> {
  let cursor: string | null = null;
  do {
    const page: { readonly items: readonly Ticket[]; readonly next: string | null } = await list({
      ...filter,
      limit: rowsAtOnce,
      ...(cursor === null ? {} : { cursor }),
    });
    yield page.items.filter((ticket) => mayTicket(actor, ticket)).map(ticketSeen);
    cursor = page.next;
  } while (cursor !== null);
}
