// The tickets' side of the house put together: the store and its office beside the engine, partners and the ways to them.
// It must not decide anything about a ticket; where the reference files are not whole there are no tickets, and calls go on.
import { dirname } from 'node:path';
import type { Database } from '../adapters/postgres/database.ts';
import { openOutbox } from '../adapters/postgres/tickets/outbox.ts';
import { openTicketStore } from '../adapters/postgres/tickets/store.ts';
import { openBorderFolder } from '../adapters/partners/folder.ts';
import { readPartners } from '../adapters/partners/partners-file.ts';
import type { PartnerEntry } from '../adapters/partners/partners-file.ts';
import { openWebhook } from '../adapters/partners/webhook.ts';
import { openReference } from '../adapters/system/reference.ts';
import type { ReferenceFiles } from '../adapters/system/reference.ts';
import type { Config } from '../config.ts';
import type { Engine } from '../engine/engine.ts';
import type { Clock, Ledger, Log, Meter } from '../engine/ports.ts';
import { CallTickets, withTickets } from '../engine/tickets/call-tickets.ts';
import { TicketOffice } from '../engine/tickets/office.ts';
import { ringInto } from '../engine/tickets/rung.ts';
import { Exchange } from '../exchange/exchange.ts';
import type { PartnerWay } from '../exchange/exchange.ts';
import type { Site } from '../protocol/site.ts';

interface TicketParts {
  readonly config: Config;
  readonly site: Site;
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

/** Null where it is left out; `face` is the engine's with each call's tickets on it. */
export async function wireTickets(parts: TicketParts) {
  const { config, site, engine, database, log, meter } = parts;
  const reference = await referenceOf(config.HOTLINE_SITE, site, log);
  const partners = config.HOTLINE_PARTNERS === undefined ? [] : await readPartners(config.HOTLINE_PARTNERS);
  const desk = reference && officeOf(parts, reference, partners);
  const exchange =
    desk && partners.length > 0
      ? new Exchange({
          cell: site.id,
          ways: await Promise.all(partners.map(wayTo)),
          outbox: openOutbox(database),
          office: desk.office,
          now: Date.now,
          chance: Math.random,
          log,
          observe: (partner, seconds, result) =>
            meter.observe('hotline_exchange_delivery_seconds', seconds, { partner, result }),
        })
      : null;
  if (exchange) engine.face.onChange(({ fact }) => fact.type.startsWith('ticket.') && exchange.soon());
  return { reference, exchange, office: desk?.office ?? null, face: desk?.face ?? engine.face };
}

/** Without whole reference files there are no tickets for now, but calls go on: their facts become tickets later. */
async function referenceOf(place: string, site: Site, log: Log): Promise<ReferenceFiles | null> {
  const folder = place.endsWith('.json') ? dirname(place) : place;
  const platforms = site.platforms.map(({ id }) => id);
  return openReference(folder, platforms, log).catch((error: unknown) => {
    log.error(
      { reason: error instanceof Error ? error.message : String(error) },
      'Running without tickets: put the reference files into the site folder and start again.',
    );
    return null;
  });
}

function officeOf(
  { engine, ledger, database, clock, log, meter }: TicketParts,
  { book }: ReferenceFiles,
  partners: readonly PartnerEntry[],
) {
  const store = openTicketStore({ database, book, subscribers: partners, now: () => clock.now() });
  const tickets = new CallTickets((calls) => store.ofCalls(calls), log);
  const office = new TicketOffice({
    store,
    book,
    clock,
    log,
    meter,
    record: ({ type, actor, call, platform, data, ticket, position, version }) =>
      engine.note(call, platform, { type, actor, data: { ...data, ticket, position, version } }),
    recorded: async () => {
      await ledger.durable(engine.face.sequence);
      const { database: state, spooled } = ledger.state();
      return state === 'up' && spooled === 0;
    },
    ring: (call, line, command, actor) => ringInto(engine.face, call, line, command, actor),
    callsChanged: (calls) => tickets.learn(calls),
  });
  engine.face.onChange(({ fact }) => office.heard(fact));
  return { office, face: withTickets(engine.face, tickets) };
}

async function wayTo(entry: PartnerEntry): Promise<PartnerWay> {
  const { id, platforms, keys, inboundKeys = keys } = entry;
  const partner = { id, platforms, keys, inboundKeys };
  if (entry.mode === 'border') {
    const { everyMs } = entry;
    const folder = await openBorderFolder(entry.folder);
    return { mode: 'border', partner, folder, ...(everyMs === undefined ? {} : { everyMs }) };
  }
  const { url, allow, inner, timeoutMs } = entry;
  return {
    mode: 'webhook',
    partner,
    ...openWebhook({ url, allow, inner, ...(timeoutMs === undefined ? {} : { timeoutMs }) }),
  };
}
