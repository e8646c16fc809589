// How a ticket begins: from a call's tag, from a person or a system, or linked to another (R5, R7, R8, R22).
// It must not make ids or numbers; they come in as data.
import { ticketSchemaVersion } from '../../protocol/ticket.ts';
import type { NewTicketWish, Ticket } from '../../protocol/ticket.ts';
import type { Platform, Time } from '../../protocol/words.ts';
import type { Refused } from '../decision.ts';
import { refuse } from '../decision.ts';
import type { Identity, Opened } from './inputs.ts';
import { classRule } from './rules.ts';
import type { TicketBook } from './rules.ts';
import { Step, iso } from './step.ts';

export const kindOf = (book: TicketBook, platform: Platform): Ticket['kind'] =>
  platform === book.rules.dangerPlatform ? 'police-order' : 'work-order';

export interface Opening {
  readonly identity: Identity;
  readonly platform: Platform;
  /** Who had the matter first, where that is another. */
  readonly origin?: Platform;
  readonly actor: string;
  readonly at: Time;
  readonly wish: Omit<NewTicketWish, 'platform'>;
  /** A seat has it already: accepted as it opens (R2). */
  readonly acceptedBy?: string;
  readonly links?: Ticket['links'];
  /** Sent by somebody, so that its arrival must be acknowledged (R23). */
  readonly pushed?: Ticket['receipts'][number]['kind'];
}

export function open(book: TicketBook, opening: Opening): Refused | Opened {
  const { wish, platform, identity, actor, at } = opening;
  if (!book.platforms.includes(platform)) return refuse('invalid-field', 'platform');
  if (wish.region !== '' && !book.hasRegion(wish.region)) return refuse('invalid-field', 'region');
  const rule = classRule(book, platform, wish.class);
  const origin = opening.origin ?? platform;
  const now = iso(at);
  const blank: Ticket = {
    schema: ticketSchemaVersion,
    id: identity.id,
    serial: identity.serial,
    version: 0,
    kind: kindOf(book, platform),
    platform,
    originPlatform: origin,
    platforms: [...new Set([origin, platform])],
    class: wish.class,
    emergency: wish.emergency ?? rule.emergency,
    state: 'new',
    source: wish.source,
    item: wish.item,
    region: wish.region,
    place: wish.place,
    summary: wish.summary,
    ...(wish.caller === undefined ? {} : { caller: wish.caller }),
    confidential: wish.confidential,
    policeAttended: wish.policeAttended,
    joint: false,
    calls: wish.call === undefined ? [] : [wish.call],
    links: [...(opening.links ?? [])],
    deadlines: [],
    receipts: [],
    disputes: [],
    returns: 0,
    openedBy: actor,
    openedAt: now,
    changedAt: now,
  };
  const step = new Step(book, blank, at, actor);
  step.fact('opened', {
    source: wish.source,
    item: wish.item,
    region: wish.region,
    ...(opening.links === undefined ? {} : { links: opening.links }),
    ...(wish.policeAttended ? { policeAttended: true } : {}),
  });
  step.deadline('close', rule.closeMinutes);
  if (opening.acceptedBy === undefined) {
    step.deadline('accept', rule.acceptMinutes);
    if (opening.pushed !== undefined) step.send(platform, opening.pushed);
  } else {
    step.set({ state: 'accepted', acceptedAt: now, acceptedBy: opening.acceptedBy });
    step.fact('accepted', { seat: opening.acceptedBy, by: 'call' });
  }
  tellClass(step);
  return step.done();
}

/** R24: whom a class tells at once; each must say that it knows. */
export function tellClass(step: Step): void {
  const { tell } = classRule(step.book, step.ticket.platform, step.ticket.class);
  const told = new Set(step.ticket.receipts.flatMap(({ kind, to }) => (kind === 'major' ? [to] : [])));
  const news = tell.filter((platform) => !told.has(platform));
  if (news.length === 0) return;
  for (const platform of news) step.send(platform, 'major');
  step.set({ platforms: [...new Set([...step.ticket.platforms, ...news])] });
  step.fact('notice-sent', { to: news, class: step.ticket.class });
}
