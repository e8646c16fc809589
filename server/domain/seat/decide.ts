// One seat's step: input in, refusal or the changed seat out, with its timers and facts. Counts versions in one place.
// It must not know other seats or queues.
import type { Actor, CallId, Time } from '../../protocol/words.ts';
import type { SeatCommand } from '../../protocol/commands.ts';
import type { SeatDecision } from './change.ts';
import { command } from './commands.ts';
import type { OfferResult } from './offer.ts';
import { adopt, coolDownOver, endOffer, giveUpOffer, phone, reserve, ring } from './offer.ts';
import type { Seat, SeatRules } from './seat.ts';
import { release, tag, wrapUpOver } from './wrap-up.ts';

export type SeatInput =
  | { readonly type: 'reserve'; readonly call: CallId; readonly request: string }
  | { readonly type: 'ringing'; readonly request: string }
  | { readonly type: 'ended'; readonly request: string; readonly result: OfferResult }
  | {
      readonly type: 'released';
      readonly call: CallId;
      readonly talked: boolean;
      readonly tagged: boolean;
      readonly lost?: boolean;
    }
  | {
      readonly type: 'adopted';
      readonly call: CallId;
      readonly state: 'ringing' | 'talking';
      readonly request: string | null;
    }
  | { readonly type: 'tagged'; readonly call: CallId }
  | { readonly type: 'phone'; readonly registered: boolean }
  | { readonly type: 'cool-down-over' | 'wrap-up-over' | 'offer-overdue' }
  | { readonly type: 'command'; readonly actor: Actor; readonly command: SeatCommand };

/** The same object comes back when nothing changed; otherwise the version is one higher. */
export function decideSeat(seat: Seat, input: SeatInput, at: Time, rules: SeatRules): SeatDecision {
  const decided = dispatch(seat, input, at, rules);
  if (!decided.ok || decided.state === seat) return decided;
  const moved = decided.state.state !== seat.state || decided.state.status !== seat.status;
  return {
    ...decided,
    state: { ...decided.state, version: seat.version + 1, since: moved ? at : seat.since },
  };
}

function dispatch(seat: Seat, input: SeatInput, at: Time, rules: SeatRules): SeatDecision {
  switch (input.type) {
    case 'reserve':
      return reserve(seat, at, rules, input.call, input.request);
    case 'ringing':
      return ring(seat, input.request);
    case 'ended':
      return endOffer(seat, at, rules, input.request, input.result);
    case 'released':
      return release(seat, at, rules, input.call, input.talked, input.tagged, input.lost === true);
    case 'adopted':
      return adopt(seat, at, rules, input.call, input.state, input.request);
    case 'tagged':
      return tag(seat, input.call);
    case 'phone':
      return phone(seat, input.registered);
    case 'cool-down-over':
      return coolDownOver(seat, at);
    case 'wrap-up-over':
      return wrapUpOver(seat, at);
    case 'offer-overdue':
      return giveUpOffer(seat, at);
    case 'command':
      return command(seat, at, rules, input.actor, input.command);
  }
}
