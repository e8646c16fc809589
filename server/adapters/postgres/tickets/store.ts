// Tickets in PostgreSQL: opened in batches, changed one by one under a row lock, made from the ledger's facts.
// It must not know what a change means; the steps it is given are the domain's.
import type { CallStory } from '../../../domain/ticket/intake.ts';
import { storyOf, intakeFacts } from '../../../domain/ticket/intake.ts';
import type { FromCall } from '../../../domain/ticket/from-call.ts';
import { tagText } from '../../../domain/ticket/from-call.ts';
import type { Identity, Opened } from '../../../domain/ticket/inputs.ts';
import type { TicketBook } from '../../../domain/ticket/rules.ts';
import type { Changed, Tell, TicketStore } from '../../../engine/tickets/ports.ts';
import type { Fact } from '../../../protocol/facts.ts';
import type { Ticket } from '../../../protocol/ticket.ts';
import type { Database } from '../database.ts';
import { isAway } from '../failures.ts';
import { GroupCommit } from '../group-commit.ts';
import { Identities } from './identity.ts';
import { Reading } from './reading.ts';
import { transaction } from './transaction.ts';
import { Writing } from './writing.ts';
import type { Subscriber } from './writing.ts';

const mostABatch = 300;
/** One a platform, and room. */
const mostOfACall = 4;

interface Opening {
  readonly opened: Opened;
  readonly command: string | null;
}
export interface TicketStoreParts {
  readonly database: Database;
  readonly book: TicketBook;
  readonly subscribers: readonly Subscriber[];
  readonly now: () => number;
}

export function openTicketStore(parts: TicketStoreParts): TicketStore {
  const { database, book, subscribers } = parts;
  const identities = new Identities(database, parts.now);
  const reader = new Reading(database);
  const writing = <T>(work: (step: Writing) => Promise<T>): Promise<T> =>
    transaction(database, async (client) => {
      const step = new Writing(client, book, subscribers);
      const done = await work(step);
      await step.flush();
      return done;
    });
  const noTell: Tell = () => ({ ok: false, code: 'internal' });

  const openAll = (batch: readonly Opening[]): Promise<readonly Changed[]> =>
    transaction(database, async (client) => {
      const commands = batch.flatMap(({ command }) => command ?? []);
      const before = await ticketsOfCommands(client, commands);
      const step = new Writing(client, book, subscribers);
      const answers: Changed[] = [];
      for (const { opened, command } of batch) {
        const known = command === null ? undefined : before.get(command);
        if (known === undefined) {
          await step.take(null, opened, command, noTell);
          // The same key twice in one batch: the second finds the first.
          if (command !== null) before.set(command, opened.state);
        }
        answers.push({ ok: true, ticket: known ?? opened.state, repeated: known !== undefined, errands: [] });
      }
      await step.flush();
      return answers;
    });
  const opening = new GroupCommit({ write: openAll, most: mostABatch, lanes: 2, hopeless: isAway });

  return {
    ...reader.methods(),
    async identity() {
      const [one] = await identities.take(1);
      if (!one) throw new Error('No identity was taken though one was asked for.');
      return one;
    },
    open: (opened, command) => opening.add({ opened, command }),
    change: (id, command, step, tell) =>
      transaction(database, async (client): Promise<Changed> => {
        const write = new Writing(client, book, subscribers);
        const ticket = await write.load(id);
        if (!ticket) return { ok: false, code: 'not-found', ticket: null };
        if (command !== null) {
          // Under the row's lock: the same command cannot be on its way a second time.
          const done = (await ticketsOfCommands(client, [command])).get(command);
          if (done) return { ok: true, ticket, repeated: true, errands: [] };
        }
        const decision = step(ticket);
        if (!decision.ok) return { ...decision, ticket };
        await write.take(ticket, decision, command, tell);
        await write.flush();
        return { ok: true, ticket: decision.state, repeated: false, errands: write.errands };
      }),
    due: (now, limit, step, tell) =>
      transaction(database, async (client) => {
        const { rows } = await client.query<{ id: string; body: Ticket }>({
          name: 'tickets-due',
          text: 'select id, body from tickets where due_at <= $1 order by due_at limit $2 for update skip locked',
          values: [new Date(now), limit],
        });
        const write = new Writing(client, book, subscribers);
        write.known(rows.map(({ body }) => body));
        for (const { id } of rows) {
          const ticket = await write.load(id);
          const decision = ticket && step(ticket);
          if (ticket && decision?.ok) await write.take(ticket, decision, null, tell);
        }
        await write.flush();
        return rows.length;
      }),
    intake: (limit, plan, tell) =>
      writing(async (write) => {
        const { client } = write;
        // The lock makes one line of all nodes: what one has taken the next does not see again.
        const { rows: at } = await client.query<{ sequence: number; last: number }>(
          'select i.sequence, (select coalesce(max(f.sequence), 0) from facts f) as last from ticket_intake i for update',
        );
        const from = at[0]?.sequence ?? 0;
        const to = Math.min(from + limit, at[0]?.last ?? 0);
        if (to <= from) return { more: false, calls: [] };
        // The ledger has one writer, which writes in the order of the numbers: nothing appears below `to` later.
        const { rows: facts } = await client.query<StoredFact>(storyFacts, [from, to, intakeFacts]);
        const stories = storiesOf(facts);
        const touched: string[] = [];
        for (const story of stories) {
          await keepUntagged(client, story);
          if (story.tag === null) continue;
          const taken = await identities.take(mostOfACall);
          const present = await fromCall(client, story.call);
          for (const order of plan(story, present, () => nextOf(taken))) {
            const origin =
              order.slot === '' ? null : { call: story.call, slot: order.slot, tag: tagText(story.tag) };
            if (order.type === 'open') await write.take(null, order.opened, null, tell, origin);
            else {
              const ticket = await write.load(order.ticket);
              const answer = ticket && tell(ticket, order.input);
              if (ticket && answer?.ok) await write.take(ticket, answer, null, tell, origin);
            }
            touched.push(story.call);
          }
        }
        await client.query('update ticket_intake set sequence = $1', [to]);
        return { more: to < (at[0]?.last ?? 0), calls: touched };
      }),
  };
}

function nextOf(identities: Identity[]): Identity {
  const next = identities.shift();
  if (!next) throw new Error(`A call asked for more than ${mostOfACall} tickets.`);
  return next;
}

type Client = Writing['client'];

async function ticketsOfCommands(client: Client, commands: readonly string[]): Promise<Map<string, Ticket>> {
  if (commands.length === 0) return new Map();
  const { rows } = await client.query<{ command: string; body: Ticket }>({
    name: 'tickets-of-commands',
    // One look-up a command, at any size: planned while the tables are young, a join would read them whole ever after.
    text: `select c.command, t.body from unnest($1::text[]) as c (command)
      cross join lateral (select ticket from ticket_facts where command = c.command limit 1) as f
      cross join lateral (select body from tickets where id = f.ticket limit 1) as t`,
    values: [commands],
  });
  return new Map(rows.map(({ command, body }) => [command, body]));
}

type StoredFact = Omit<Fact, 'time'> & { readonly time: Date };

const storyFacts = `
select sequence, type, time, call, platform, actor, data from facts
where call in (select call from facts where sequence > $1 and sequence <= $2 and type = any($3) and call is not null)
  and sequence <= $2 and type = any($3)
order by sequence`;

function storiesOf(rows: readonly StoredFact[]): readonly CallStory[] {
  const byCall = new Map<string, Fact[]>();
  for (const row of rows) {
    if (row.call === null) continue;
    const facts = byCall.get(row.call) ?? [];
    facts.push({ ...row, time: row.time.toISOString() });
    byCall.set(row.call, facts);
  }
  return [...byCall].map(([call, facts]) => storyOf(call, facts));
}

async function keepUntagged(client: Client, story: CallStory): Promise<void> {
  const { untagged, call } = story;
  const platform = story.holders[0]?.platform ?? story.platform;
  if (untagged === null || platform === null) {
    await client.query('delete from untagged_calls where call = $1', [call]);
    return;
  }
  await client.query(
    `insert into untagged_calls (call, platform, number, seat, since, wrap_up_over) values ($1, $2, $3, $4, $5, $6)
     on conflict (call) do update set platform = excluded.platform, seat = excluded.seat, wrap_up_over = excluded.wrap_up_over`,
    [call, platform, story.number, untagged.seat, new Date(untagged.since), untagged.wrapUpOver],
  );
}

async function fromCall(client: Client, call: string): Promise<readonly FromCall[]> {
  const { rows } = await client.query<{ body: Ticket; slot: string; tag: string }>(
    'select body, origin_slot as slot, origin_tag as tag from tickets where origin_call = $1 order by position for update',
    [call],
  );
  return rows.map(({ body, slot, tag }) => ({ ticket: body, slot, tag }));
}
