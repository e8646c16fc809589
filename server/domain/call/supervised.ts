// Who supervises a call, as its state says, and how that is told. Separate from what supervisors do (supervision.ts), for the
// end of a call must tell it, too. It must not change a leg.
import { isParty, legOf } from './state.ts';
import type { Call, Leg } from './state.ts';
import type { Step } from './step.ts';

/** The leg at which this user supervises the call, ringing or up. */
export const supervisorLeg = (call: Call, user: string): Leg | undefined =>
  call.legs.find((leg) => leg.supervision?.user === user);
export const supervisors = (call: Call): readonly Leg[] =>
  call.legs.filter((leg) => leg.supervision !== undefined);

/** The tap through which this supervisor whispers. */
export const whisperOf = (call: Call, supervisor: Leg): Leg | undefined =>
  call.legs.find((leg) => leg.role === 'whisper' && leg.tap?.by === supervisor.id);
/** The supervisor behind a whisper's tap. */
export const whisperer = (call: Call, tap: Leg): Leg | undefined => legOf(call, tap.tap?.by ?? '');

export function tellSupervision(
  step: Step,
  what: string,
  leg: Leg,
  more: Readonly<Record<string, unknown>> = {},
): void {
  const { supervision: how, seat, platform } = leg;
  if (!how) return;
  const { user, mode, visible } = how;
  // `hidden` keeps it from the screens of seats (api/scope.ts).
  step.fact(`supervision.${what}`, {
    seat,
    platform,
    by: user,
    mode,
    ...more,
    ...(visible ? {} : { hidden: true }),
  });
}

/** The call is over: what has not come up yet stops now, the rest is hung up with everybody else (CL5). */
export function endSupervisions(step: Step, all = false): void {
  for (const leg of step.call.legs) {
    // `all`: the call goes on without them; what records it stays.
    if (isParty(leg) || (all && (leg.role === 'recorder' || leg.role === 'anchor'))) continue;
    tellSupervision(step, 'ended', leg, { reason: 'call-ended' });
    step.untimer(`supervisor:${leg.id}`);
    if (leg.state === 'up' && !all) continue;
    step.hangUp(leg.id);
    step.dropLeg(leg.id);
    if (leg.seat !== null) step.release(leg.seat, false);
  }
}
