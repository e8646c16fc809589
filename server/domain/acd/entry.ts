// One request for a seat as the floor keeps it, from its coming to its end.
// It must not hold the call: the call is told by id.
import type { CallId, QueueId, SeatId, TicketClass, Time } from '../../protocol/words.ts';
import type { FloorMessage } from '../call/effects.ts';
import type { Needs } from './needs.ts';
import type { Hold } from './hold.ts';
import { needsOf } from './needs.ts';
import { bonusMs } from './order.ts';
import type { FloorRules } from './rules.ts';

export type Request = Extract<FloorMessage, { type: 'request' }>;

export interface Entry {
  readonly id: string;
  readonly call: CallId;
  readonly purpose: Request['purpose'];
  /** Null: one seat is wanted, and no waiting. */
  readonly queue: QueueId | null;
  readonly seat: SeatId | null;
  readonly since: Time;
  readonly enteredAt: Time;
  readonly all: boolean;
  readonly nuisance: boolean;
  /** Nobody's call: a place kept for who is called back. */
  readonly kept: boolean;
  /** The wanted seat had this call a moment ago. */
  readonly resume: boolean;
  /** Its phone may be gone for a moment: waited for until then. */
  readonly until: Time | null;
  readonly number: string;
  readonly needs: Needs;
  readonly except: ReadonlySet<SeatId>;
  /** Changed only while it is out of its line: the line is ordered by it. */
  rank: number;
  /** Kept for the seat that had its caller before. */
  hold: Hold | null;
  class: TicketClass;
  head: boolean;
  /** Seats that hold an offer of it now. */
  readonly offers: Set<SeatId>;
  /** Seats that did not take it: offered it again only when no other is free. */
  readonly failed: Set<SeatId>;
  /** In its queue's line now. */
  waiting: boolean;
  /** Its offer was cancelled and a withdrawal is expected. */
  parked: boolean;
  /** The place it was last told. */
  told: number | null;
  /** It had to wait: nobody was free when it came. */
  waited: boolean;
  /** Milliseconds it was expected to wait when it joined; null when that could not be said. */
  expected: number | null;
}

export function entryOf(request: Request, since: Time, at: Time, rules: FloorRules): Entry {
  const { wanted } = request;
  const entry: Entry = {
    id: request.request,
    call: request.call,
    purpose: request.purpose,
    queue: 'queue' in wanted ? wanted.queue : null,
    seat: 'seat' in wanted ? wanted.seat : null,
    since,
    enteredAt: at,
    all: request.all && 'queue' in wanted,
    nuisance: request.nuisance ?? false,
    kept: request.kept ?? false,
    resume: request.resume ?? false,
    until: request.until ?? null,
    number: request.callerNumber,
    needs: needsOf(request.skills, request.all),
    except: new Set(request.except),
    rank: 0,
    hold: null,
    class: request.class,
    head: request.head,
    offers: new Set(),
    failed: new Set(),
    waiting: false,
    parked: false,
    told: null,
    waited: false,
    expected: null,
  };
  entry.rank = rankOf(entry, rules);
  return entry;
}

export const rankOf = (entry: Entry, rules: FloorRules): number => entry.since - bonusMs(entry, rules.ageing);
