// A call from one seat's chair: what the seat is in it, and what may be pressed now. Pure, from the server's view alone.
import type { CallView, PartyView } from '../../../server/protocol/views.ts';

export interface OwnPart {
  readonly own: PartyView | null;
  readonly caller: PartyView | null;
  /** The call is being offered to this seat and not yet taken. */
  readonly offered: boolean;
  readonly as: 'arrival' | 'transfer' | 'three-way';
  /** The seat's leg is up: it is talking. */
  readonly talking: boolean;
  readonly transferring: boolean;
  readonly threeWay: boolean;
  /** The seats have sent the caller out to talk alone. */
  readonly consulting: boolean;
  /** Others besides the caller and this seat who are up. */
  readonly others: readonly PartyView[];
}

const onTheWay = new Set(['dialling', 'ringing']);

export function ownPart(call: CallView | null, seat: string | null): OwnPart {
  const parties = call?.parties ?? [];
  const own = parties.find((party) => seat !== null && party.seat === seat) ?? null;
  const caller = parties.find((party) => party.role === 'caller') ?? null;
  const transferring = call?.phase === 'transferring';
  const threeWay = call?.phase === 'three-way';
  const others = parties.filter((party) => party !== own && party !== caller && party.state === 'up');
  const talking = own?.state === 'up';
  return {
    own,
    caller,
    offered: own !== null && onTheWay.has(own.state),
    as: transferring ? 'transfer' : threeWay ? 'three-way' : 'arrival',
    talking,
    transferring,
    threeWay,
    consulting:
      threeWay &&
      talking &&
      others.length > 0 &&
      caller !== null &&
      !own.hears.includes(caller.id) &&
      others.some((other) => own.hears.includes(other.id)),
    others,
  };
}

export type Press =
  | 'answer'
  | 'reject'
  | 'hangUp'
  | 'hold'
  | 'mute'
  | 'transfer'
  | 'threeWay'
  | 'cancel'
  | 'merge'
  | 'consult'
  | 'outcome'
  | 'leave'
  | 'guide'
  | 'tag';

/** What the state allows; the server has the last word and its refusal is shown (RC3). */
export function pressable(call: CallView | null, part: OwnPart): ReadonlySet<Press> {
  if (!call || call.phase === 'ended') return new Set(call ? (['tag'] as const) : []);
  if (part.offered) return new Set(['answer', 'reject'] as const);
  if (!part.talking) return new Set(['tag'] as const);
  const able = new Set<Press>(['mute', 'tag', 'guide']);
  if (part.transferring) {
    if (part.own?.role !== 'target') for (const press of ['cancel', 'merge'] as const) able.add(press);
    return able;
  }
  for (const press of ['hold', 'threeWay', 'hangUp'] as const) able.add(press);
  if (!part.threeWay) able.add('transfer');
  if (part.threeWay) able.add('outcome');
  if (part.others.length > 0) {
    able.add('leave');
    if (part.threeWay) able.add('consult');
  }
  return able;
}
