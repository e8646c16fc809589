// What must hold of every call at every instant (goals §6 I1–I10, rules CL), compared with the model Asterisk's own view.
// It must not repair or excuse: the few moments in which the world is still being told are named one by one.
import { attemptOf, callerOf, legOf, reachesOf, talkers, wantsKeys } from '../../server/domain/call/state.ts';
import type { Call, Leg } from '../../server/domain/call/state.ts';
import type { ModelAsterisk } from './asterisk.ts';

export class Violation extends Error {}
const must = (holds: boolean, rule: string, call: Call): void => {
  if (!holds) throw new Violation(`${rule}\n${JSON.stringify({ ...call, seen: call.seen.length }, null, 1)}`);
};

/** Facts of the state alone. */
export function checkState(call: Call): void {
  const { phase, timers, legs } = call;
  if (phase.name === 'ending') {
    must(legs.length === 0 || timers.ending !== undefined, 'CL3 an ending call must try again', call);
    must(
      reachesOf(call).length === 0 && legs.every((leg) => leg.state !== 'dialling'),
      'CL5 nothing rings',
      call,
    );
    return;
  }
  const caller = callerOf(call);
  must(legs[0] === caller && caller !== undefined, 'a live call has its caller, first of all legs', call);
  must(timers['dead-man'] !== undefined, 'CL3 the dead-man is re-armed while the call lives', call);
  for (const reach of reachesOf(call)) {
    for (const { leg, state } of reach.attempts) {
      must(timers[`attempt:${leg}`] !== undefined, 'CL3 an attempt has its time', call);
      must(
        legOf(call, leg)?.state === (state === 'confirming' ? 'up' : state),
        'an attempt has its leg',
        call,
      );
    }
    const seats = reach.attempts.map((attempt) => attempt.seat);
    const most = reach.wish.all || (reach.route.kind === 'trunk' && reach.route.together) ? 9 : 1;
    must(seats.length <= most, 'OF1 one seat at a time', call);
    must(
      new Set(seats.filter((seat) => seat !== null)).size === seats.filter((seat) => seat !== null).length,
      'OF1 no seat twice',
      call,
    );
  }
  for (const leg of legs)
    if (leg.state === 'dialling' || leg.state === 'ringing')
      must(
        attemptOf(call, leg.id) !== undefined || listener(call, leg),
        'what rings belongs to somebody',
        call,
      );
  for (const leg of legs)
    if (leg.role === 'whisper')
      must(
        legOf(call, leg.tap?.by ?? '')?.supervision?.mode === 'whisper',
        'a whisper has its supervisor',
        call,
      );
  for (const leg of legs)
    if (leg.leaving) must(timers[`leave:${leg.id}`] !== undefined, 'CL3 who leaves is hung up in time', call);
  must(
    (call.saying === undefined) === (timers.saying === undefined),
    'CL3 what is being said has its time',
    call,
  );
  must(
    call.saying === undefined ||
      wantsKeys(call) ||
      (call.platform !== '110' &&
        !call.legs.some(
          (leg) => leg.state === 'up' && leg.seat !== null && !leg.leaving && leg.supervision === undefined,
        )),
    'OF7 nothing is said to 110 callers, nor over a conversation, unless its seat asked for it',
    call,
  );
  const { recording } = call;
  if (recording)
    must(
      timers.recording !== undefined ||
        (recording.state === 'on' && legs.some((leg) => leg.role === 'recorder')),
      'G26 a recording goes on, or is looked after',
      call,
    );
  checkOwner(call);
  must(call.failures === 0 || !call.sheltered || timers.mend !== undefined, 'CL3 shelter has an end', call);
}

/** A supervisor's phone has its time to ring; a tap comes up by itself. */
const listener = (call: Call, leg: Leg): boolean =>
  leg.tap !== undefined ||
  (leg.supervision !== undefined && call.timers[`supervisor:${leg.id}`] !== undefined);

/** CL3: somebody answers for the caller, and something named happens if nobody does. */
function checkOwner(call: Call): void {
  const { phase, timers, legs } = call;
  const up = talkers(call);
  switch (phase.name) {
    case 'arriving':
    case 'queued':
    case 'offering':
      must(timers.waiting !== undefined, 'CL3 a wait is never unseen', call);
      must(up.length === 0 && call.owner === null, 'who waits has nobody', call);
      must((phase.name === 'offering') === phase.reach.attempts.length > 0, 'OF offering is ringing', call);
      return;
    case 'talking':
      must(up.length === 1, 'a conversation has one talker beside the caller', call);
      must(call.owner === up[0]?.seat, 'the talker owns the call', call);
      return;
    case 'transferring':
      must(timers.transfer !== undefined, 'CL3 a transfer has its time', call);
      must(
        phase.transfer.orphaned !== (legOf(call, phase.transfer.fromLeg) !== undefined),
        'the first seat stays, or is known to be lost',
        call,
      );
      return;
    case 'three-way':
      must(up.length > 0, 'a three-way has a talker', call);
      must(
        up.length > 1 || phase.invites.length > 0 || (phase.joined && phase.outcome.acceptedBy === null),
        'a three-way of two is a conversation',
        call,
      );
      must(
        up.some((leg) => leg.seat === call.owner),
        'CL3 the owner is on the call',
        call,
      );
      for (const { reach } of phase.invites)
        must(timers[`reach:${reach.id}`] !== undefined, 'CL3 an invitation has its time', call);
      if (phase.outcome.deadline !== null)
        must(timers.outcome !== undefined, 'TW5 the agreement has its time', call);
      return;
    case 'rating':
      must(timers.rating !== undefined, 'CL3 the question has its time', call);
      must(
        call.owner === null && legs.every((leg) => leg.seat === null),
        'R14 the seat is free before its caller is asked',
        call,
      );
      return;
    case 'ending':
  }
}

/** What may never change back, and how versions grow. */
export function checkStep(before: Call, after: Call): void {
  if (before === after) return;
  must(after.version === before.version + 1, 'versions grow by one', after);
  must(
    before.firstReceiver === null || before.firstReceiver === after.firstReceiver,
    'CL8 first receiver',
    after,
  );
  must(
    before.arrivedAt === after.arrivedAt && before.id === after.id,
    'CL1 one call, one id, one arrival',
    after,
  );
  must(after.counter >= before.counter, 'G22 counters grow', after);
  must(before.phase.name !== 'ending' || after.phase.name === 'ending', 'I4 terminal is final', after);
  must(before.answeredAt === null || before.answeredAt === after.answeredAt, 'answered once', after);
  if (before.outcome?.acceptedBy === null || after.phase.name !== 'ending') return;
  if (before.phase.name === 'transferring')
    must(callerOf(after) === undefined, 'I8 a transfer that did not finish gives the caller back', after);
}

/** CL2 and the plan of media.ts, against what the model Asterisk really does. Only for calls of which all news is told. */
export function checkSound(call: Call, asterisk: ModelAsterisk): void {
  for (const leg of call.legs) {
    const channel = asterisk.channels.get(leg.id);
    must(channel !== undefined, `${leg.id} is gone and nobody said so`, call);
    if (!channel || call.phase.name === 'ending' || leg.role === 'recorder') continue;
    // Asterisk has refused something, and it is about to be ordered again.
    if (call.timers.mend !== undefined) continue;
    if (call.placed[leg.id])
      must(
        channel.armed ===
          ((channel.bridge === null || channel.bridge === `${call.id}.say`) && channel.taps === undefined),
        `SV2 the dead-man of ${leg.id}`,
        call,
      );
    if (channel.state !== 'up') continue;
    must(
      channel.sounds.size < (channel.bridge === null ? 2 : 1),
      `${leg.id} has ${[...channel.sounds].join()} over ${channel.bridge ?? 'no bridge'}`,
      call,
    );
    const hears = asterisk.hears(channel);
    must(
      leg.role !== 'caller' || (hears !== null && hears !== 'silence'),
      `CL2 the caller hears ${hears ?? 'nothing'}`,
      call,
    );
    const silent = leg.role === 'anchor' ? 'nothing' : null;
    must(call.placed[leg.id]?.hearing === (hears ?? silent), `${leg.id} hears ${hears ?? 'nothing'}`, call);
    must(channel.muted === leg.muted, `TW2 ${leg.id} is ${channel.muted ? '' : 'not '}muted`, call);
  }
}

/** I2: a seat is in at most one live call, and on one leg of it. */
export function checkSeats(calls: Iterable<Call>): void {
  const owner = new Map<string, Leg>();
  for (const call of calls)
    for (const leg of call.legs) {
      // A leg that only waits for its hang-up to be confirmed is nobody's phone any more.
      if (leg.seat === null || leg.leaving || call.phase.name === 'ending') continue;
      must(!owner.has(leg.seat), `I2 seat ${leg.seat} is on two legs`, call);
      owner.set(leg.seat, leg);
    }
}
