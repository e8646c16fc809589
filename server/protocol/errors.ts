// Every refusal this system can give: a stable code, its HTTP status, and words that say what to do next.
// It must not be built from in-flight text: clients switch on the code.
import { z } from 'zod';

const refusals = {
  // 4xx of the request itself
  'bad-request': [400, 'The request could not be read.'],
  'invalid-field': [422, 'A field is missing or wrong; see `field`.'],
  unauthenticated: [401, 'Sign in first: POST /v1/session.'],
  'bad-credentials': [401, 'User or password is wrong.'],
  'otp-required': [401, 'Send the code of your authenticator with user and password, as `otp`.'],
  'otp-refused': [401, 'The code is wrong, too old, or was used already; take the next one.'],
  'otp-enrolment-required': [
    401,
    'Your role needs a second factor: enrol at POST /v1/session/otp, then sign in with a code.',
  ],
  'already-enrolled': [409, 'A second factor is in use; an administrator can remove it.'],
  'locked-out': [429, 'Too many failed sign-ins; wait, then try again.'],
  'too-many-requests': [429, 'Too many requests; slow down.'],
  forbidden: [403, 'Your role may not do this.'],
  'not-found': [404, 'There is no such thing, or you may not see it.'],
  'payload-too-large': [413, 'The body is too large.'],
  // conflicts with the state of a call
  'call-ended': [409, 'The call has ended.'],
  'wrong-phase': [409, 'The call is not in a state where this can be done; see `state`.'],
  'not-a-party': [409, 'You are not a party of this call.'],
  'transfer-in-progress': [409, 'A transfer is already running; see `state`.'],
  'no-transfer': [409, 'No transfer is running.'],
  'transfer-loop': [409, 'The call just came from there; give a reason to hand it back.'],
  'same-platform-seat': [409, 'The call is already with that seat.'],
  'unknown-target': [422, 'There is no such line, queue or seat.'],
  'target-unavailable': [409, 'The target cannot take calls now.'],
  'too-many-parties': [409, 'The call has as many parties as it may have.'],
  'outcome-required': [409, 'The last seat cannot leave before an outcome is recorded.'],
  'outcome-decided': [409, 'The outcome has been decided.'],
  'no-such-party': [409, 'There is no such party on this call.'],
  'already-so': [409, 'It is already so.'],
  'not-recording': [409, 'The call is not being recorded now.'],
  'recording-open': [409, 'The recording is not finished yet; try again in a moment.'],
  'number-withheld': [409, 'The caller shows no number; there is nothing to mark.'],
  'already-supervised': [409, 'You already supervise this call.'],
  // conflicts with the state of a seat
  'not-signed-in': [409, 'Sign the seat in first.'],
  'already-signed-in': [409, 'The seat is signed in elsewhere.'],
  'seat-busy': [409, 'The seat is in a call; finish it first.'],
  'not-in-wrap-up': [409, 'The seat is not in wrap-up.'],
  'tag-required': [409, 'Tag the call first.'],
  'phone-not-registered': [409, "The seat's phone is not registered yet."],
  'not-waiting': [409, 'The call is not waiting in that queue.'],
  // overflow
  'overflow-running': [409, 'Overflow of this queue is already running; see `state`.'],
  'no-overflow': [409, 'No such overflow is running.'],
  'unknown-group': [422, 'There is no such seat group.'],
  'registration-expired': [409, "The group's registration has expired; register it again."],
  'no-group-registered': [409, 'No group of the first level is registered; have one registered first.'],
  'region-first': [409, "That group is another city's: ask the region first (escalate), it grants it."],
  'no-escalation': [409, 'The region has not been asked; escalate first.'],
  'marks-cross': [422, 'The low mark must lie under the high mark.'],
  // tickets
  'wrong-state': [409, 'The ticket is not in a state where this can be done; see `state`.'],
  'unknown-unit': [422, 'There is no such unit in units.json.'],
  'unit-has-no-team': [
    409,
    'An emergency ticket needs a unit with a team on duty for 24 hours; assign it to another unit.',
  ],
  'version-conflict': [409, 'Somebody else changed it first; read it again.'],
  'too-many-exports': [429, 'Other exports are running; wait until one has ended, then ask again.'],
  // the system's own
  'key-reused': [422, 'This Idempotency-Key was used for another request.'],
  'not-ready': [503, 'The engine is not connected to Asterisk; try again in a moment.'],
  'not-active': [503, 'This node is a standby; the active node must be asked.'],
  'not-stored': [503, 'It could not be written down durably; nothing was acknowledged. Try again.'],
  'records-away': [503, 'Past records cannot be read just now; calls go on. Try again in a moment.'],
  'database-away': [
    503,
    'The database is away, and this cannot be done without it; calls go on. Try again in a moment.',
  ],
  internal: [500, 'Something failed here; it has been logged.'],
} as const satisfies Record<string, readonly [number, string]>;

export type RefusalCode = keyof typeof refusals;
export const statusOf = (code: RefusalCode): number => refusals[code][0];
export const wordsOf = (code: RefusalCode): string => refusals[code][1];
export const refusalCodes = Object.keys(refusals) as RefusalCode[];

/** RFC 9457 problem document with our stable members. */
export const Problem = z
  .object({
    type: z.string().optional(),
    title: z.string().optional(),
    status: z.number().int(),
    code: z.string(),
    message: z.string(),
    field: z.string().optional(),
    state: z.unknown().optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;
