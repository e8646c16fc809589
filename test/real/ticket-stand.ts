// An office of tickets over a real, fresh database, without calls: what the tests of store and exchange share.
// It must not hold assertions.
import { fileURLToPath } from 'node:url';
import type { Database } from '../../server/adapters/postgres/database.ts';
import { openOutbox } from '../../server/adapters/postgres/tickets/outbox.ts';
import { openTicketStore } from '../../server/adapters/postgres/tickets/store.ts';
import { openReference } from '../../server/adapters/system/reference.ts';
import type { ReferenceFiles } from '../../server/adapters/system/reference.ts';
import type { Clock } from '../../server/engine/ports.ts';
import { TicketOffice } from '../../server/engine/tickets/office.ts';
import type { TicketStore } from '../../server/engine/tickets/ports.ts';
import type { Outbox } from '../../server/exchange/ports.ts';
import type { Actor } from '../../server/protocol/words.ts';
import type { NewTicketWish, Ticket } from '../../server/protocol/ticket.ts';
import { noMeter, quiet } from './ledger-stand.ts';

export const actorOf = (user: string, role: Actor['role'], platform: string | null): Actor => ({
  user,
  role,
  platform,
  seat: role === 'seat' ? user : null,
});
export const seat = actorOf('1001', 'seat', '12345');
export const officer = actorOf('3001', 'seat', '110');
export const system = actorOf('system', 'system', null);

export const wish = (more: Partial<NewTicketWish> = {}): NewTicketWish => ({
  class: 'general',
  source: 'internet',
  item: '',
  region: '',
  place: '',
  summary: '测试工单',
  confidential: false,
  policeAttended: false,
  ...more,
});

export interface Office {
  readonly office: TicketOffice;
  readonly store: TicketStore;
  readonly outbox: Outbox;
  readonly reference: ReferenceFiles;
  open(more?: Partial<NewTicketWish>, key?: string): Promise<Ticket>;
  must(
    ticket: Pick<Ticket, 'id'>,
    command: Parameters<TicketOffice['command']>[3],
    actor?: Actor,
  ): Promise<Ticket>;
}

let keys = 0;
export async function officeOver(
  database: Database,
  options: {
    readonly clock?: Clock;
    readonly subscribers?: readonly { id: string; platforms: string[] }[];
  } = {},
): Promise<Office> {
  // The schema is made ready by the first connection.
  await (await database.connect('test')).end();
  const clock = options.clock ?? { now: Date.now };
  const folder = fileURLToPath(new URL('../../site/qinzhou', import.meta.url));
  const reference = await openReference(folder, ['12345', '110'], quiet);
  const { book } = reference;
  const store = openTicketStore({
    database,
    book,
    subscribers: options.subscribers ?? [],
    now: () => clock.now(),
  });
  const office = new TicketOffice({
    store,
    book,
    clock,
    log: quiet,
    meter: noMeter,
    record: () => undefined,
    recorded: () => Promise.resolve(false),
    ring: () => Promise.resolve(false),
    callsChanged: () => Promise.resolve(),
  });
  const key = () => `key-${(keys += 1)}-${process.pid}`;
  return {
    office,
    store,
    outbox: openOutbox(database),
    reference,
    async open(more = {}, given = key()) {
      const answer = await office.open(wish(more), given, seat);
      if (!answer.ok) throw new Error(answer.code);
      return answer.view;
    },
    async must(ticket, command, actor = seat) {
      const answer = await office.command(ticket.id, key(), actor, command);
      if (!answer.ok) throw new Error(`${command.name}: ${answer.code}`);
      return answer.view;
    },
  };
}
