// What a call's story asks of the tickets there are: open, carry to the accepting platform, change the tag (R20, WR3).
// It must not touch a store: given the same story and tickets it asks the same, and nothing more once that was done.
import type { Ticket } from '../../protocol/ticket.ts';
import type { Tag } from '../../protocol/words.ts';
import type { Identity, Opened, TicketInput } from './inputs.ts';
import type { CallStory, Holder } from './intake.ts';
import { isIn } from './handling.ts';
import { open } from './opening.ts';
import type { TicketBook } from './rules.ts';

/** A ticket that came from this call. `slot`: the platform it stands for; `tag`: the tag last put on it from the call. */
export interface FromCall {
  readonly ticket: Ticket;
  readonly slot: string;
  readonly tag: string;
}
export type Order =
  | { readonly type: 'open'; readonly opened: Opened; readonly slot: string }
  | { readonly type: 'step'; readonly ticket: string; readonly input: TicketInput; readonly slot: string };

export const tagText = (tag: Tag): string =>
  JSON.stringify([tag.class, tag.item, tag.region, tag.place, tag.summary]);

export function ordersOf(
  book: TicketBook,
  story: CallStory,
  present: readonly FromCall[],
  identity: () => Identity,
): readonly Order[] {
  const { tag } = story;
  if (tag === null) return [];
  const orders: Order[] = [];
  const slots = new Map(present.map((each) => [each.slot, each.ticket.id]));
  for (const { ticket, slot, tag: before } of present) {
    // Only a tag that changed: what people amended on the ticket since must not be undone.
    if (before === tagText(tag)) continue;
    orders.push({
      type: 'step',
      ticket: ticket.id,
      slot,
      input: { type: 'retagged', tag, actor: story.taggedBy, at: story.taggedAt },
    });
  }
  for (const holder of story.holders) {
    if (!book.platforms.includes(holder.platform)) continue;
    const there = present.find(({ slot }) => slot === holder.platform);
    if (there) {
      if (there.ticket.state === 'new' && there.ticket.platform === holder.platform && holder.seat !== null)
        orders.push({
          type: 'step',
          ticket: there.ticket.id,
          slot: holder.platform,
          input: { type: 'taken', seat: holder.seat, at: holder.at },
        });
      continue;
    }
    const [only] = present;
    const moves =
      story.holders.length === 1 &&
      present.length === 1 &&
      only?.ticket.platform === only?.slot &&
      only !== undefined &&
      isIn(only.ticket, 'new', 'accepted');
    if (moves) {
      const { platform: to, seat, at, why } = holder;
      orders.push({
        type: 'step',
        ticket: only.ticket.id,
        slot: to,
        input: { type: 'carried', to, seat, call: story.call, why, at },
      });
      continue;
    }
    const main = slots.values().next().value;
    const opened = openFor(book, story, tag, holder, identity(), main);
    if (!opened) continue;
    slots.set(holder.platform, opened.state.id);
    orders.push({ type: 'open', opened, slot: holder.platform });
    if (main !== undefined)
      orders.push({
        type: 'step',
        ticket: main,
        slot: '',
        input: { type: 'linked', ticket: opened.state.id, kind: 'joint', at: holder.at },
      });
  }
  return orders;
}

function openFor(
  book: TicketBook,
  story: CallStory,
  tag: Tag,
  { platform, seat, at }: Holder,
  identity: Identity,
  main: string | undefined,
): Opened | null {
  const opened = open(book, {
    identity,
    platform,
    ...(story.firstReceiver === null ? {} : { origin: story.firstReceiver }),
    actor: story.taggedBy,
    at: Math.max(at, story.taggedAt),
    wish: {
      class: tag.class,
      source: 'phone',
      item: tag.item,
      // A seat may have typed what is no division: the ticket must still come to be.
      region: book.hasRegion(tag.region) ? tag.region : '',
      place: tag.place,
      summary: tag.summary,
      caller: {
        number: story.number.slice(0, 32),
        ...(story.name === '' ? {} : { name: story.name.slice(0, 64) }),
      },
      confidential: false,
      policeAttended: false,
      call: story.call,
    },
    ...(seat === null ? { pushed: 'push' as const } : { acceptedBy: seat }),
    ...(main === undefined ? {} : { links: [{ ticket: main, kind: 'joint' as const }] }),
  });
  return opened.ok ? opened : null;
}
