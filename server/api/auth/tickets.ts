// Single-use tickets that let a browser open the stream without its token in an address (14.2.1, 4.4.4, A7).
// It must not outlive the process or be stored: a ticket lost is asked for again.
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../engine/ports.ts';
import type { Limits } from '../limits.ts';

const mostOpen = 20_000;

export class Tickets {
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #open = new Map<string, { readonly tokenHash: string; readonly until: number }>();

  constructor(clock: Clock, limits: Limits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  mint(tokenHash: string): string {
    const ticket = randomBytes(24).toString('base64url');
    this.#open.set(ticket, { tokenHash, until: this.#clock.now() + this.#limits.ticketMs });
    for (const [old, { until }] of this.#open) {
      if (until > this.#clock.now() && this.#open.size <= mostOpen) break;
      this.#open.delete(old);
    }
    return ticket;
  }

  /** The hash of the session's token, once; null for any other ticket. */
  redeem(ticket: string): string | null {
    const found = this.#open.get(ticket);
    this.#open.delete(ticket);
    return found && found.until > this.#clock.now() ? found.tokenHash : null;
  }
}

const ticketProtocol = 'hotline.ticket.';
const streamProtocol = 'hotline.v1';
/** RFC 7118: what a SIP phone in a browser speaks, at /sip. */
const sipProtocol = 'sip';

/** The ticket among the subprotocols a socket offers, or null. */
export function ticketOffered(header: string | undefined): string | null {
  const offered = (header ?? '').split(',').map((protocol) => protocol.trim());
  return (
    offered.find((protocol) => protocol.startsWith(ticketProtocol))?.slice(ticketProtocol.length) ?? null
  );
}

/** What the server chooses of what a socket offers: our own word, or the ticket's, never something unknown. */
export function chooseProtocol(offered: ReadonlySet<string>): string | false {
  if (offered.has(streamProtocol)) return streamProtocol;
  if (offered.has(sipProtocol)) return sipProtocol;
  return [...offered].find((protocol) => protocol.startsWith(ticketProtocol)) ?? false;
}
