// Inner state → what clients see (protocol/views.ts). Numbers leave here unmasked: the api masks by role (R28).
// It must not invent: everything shown is in the machine's state.
import { heardBy } from '../domain/call/media.ts';
import type { Call, Leg, Reach, Recording } from '../domain/call/state.ts';
import type { QueueState, Seat } from '../domain/acd/floor.ts';
import type {
  CallView,
  OutcomeView,
  PartyView,
  QueueView,
  SeatView,
  TransferView,
} from '../protocol/views.ts';
import type { Time } from '../protocol/words.ts';

const iso = (time: Time): string => new Date(time).toISOString();

export function callView(call: Call, ended: { at: Time; reason: string } | null): CallView {
  const { phase } = call;
  const reach =
    phase.name === 'queued' || phase.name === 'offering' || phase.name === 'arriving' ? phase.reach : null;
  const transfer = transferView(call);
  const outcome = outcomeView(call);
  return {
    id: call.id,
    version: call.version,
    platform: call.platform,
    // Asked how it was (R14), the caller is nobody's to talk with any more.
    phase: ended ? 'ended' : phase.name === 'rating' ? 'ending' : phase.name,
    caller: { number: call.caller.number, ...(call.caller.name === '' ? {} : { name: call.caller.name }) },
    dialled: call.dialled,
    ...(call.firstReceiver === null ? {} : { firstReceiver: call.firstReceiver }),
    queue: call.queue,
    ...(reach?.place == null ? {} : { place: reach.place }),
    ...(reach && !ended ? returningView(reach) : {}),
    ...(call.owner === null ? {} : { owner: call.owner }),
    ...(call.tag === null ? {} : { tag: call.tag }),
    ...(call.nuisance ? { nuisance: true } : {}),
    ...(call.callBackOf === undefined ? {} : { callBackOf: call.callBackOf }),
    ...(call.disposition === null ? {} : { disposition: call.disposition }),
    ...(ended || !call.recording ? {} : { recording: recordingView(call.recording) }),
    ...(call.silence ? { silence: { ...call.silence } } : {}),
    ...(transfer ? { transfer } : {}),
    ...(outcome ? { outcome } : {}),
    parties: ended ? [] : call.legs.flatMap((leg) => partyView(call, leg)),
    tickets: [],
    arrivedAt: iso(call.arrivedAt),
    ...(call.answeredAt === null ? {} : { answeredAt: iso(call.answeredAt) }),
    ...(ended ? { endedAt: iso(ended.at), endReason: ended.reason } : {}),
    ...(call.recovered ? { recovered: true } : {}),
  };
}

/** RC1: whose phone the caller waits for. */
const returningView = ({ route, wish }: Reach): Pick<CallView, 'returning'> =>
  route.kind === 'seat' && wish.until !== undefined
    ? { returning: { seat: route.seat, until: iso(wish.until) } }
    : {};

function recordingView({ state, pausedAt }: Recording): NonNullable<CallView['recording']> {
  if (state === 'failed') return 'missing';
  return pausedAt === null ? 'on' : 'paused';
}

/** Taps are nobody on the call: whom a whisper reaches is shown as its supervisor's. */
function partyView(call: Call, leg: Leg): PartyView[] {
  const { role, supervision: how } = leg;
  if (role === 'whisper' || role === 'recorder' || role === 'anchor') return [];
  const party: PartyView = {
    id: leg.id,
    role,
    ...(leg.seat === null ? {} : { seat: leg.seat }),
    ...(leg.line === null ? {} : { line: leg.line }),
    ...(leg.platform === null ? {} : { platform: leg.platform }),
    state: leg.state,
    held: leg.held,
    muted: leg.muted,
    ...(leg.away === undefined ? {} : { away: true }),
    ...(how ? { supervises: how.mode, ...(how.visible ? {} : { hidden: true }) } : {}),
    hears: [...heardBy(call, leg.id)],
  };
  return [party];
}

const ringingState = (reach: Reach): TransferView['state'] => {
  if (reach.attempts.some((attempt) => attempt.state !== 'dialling')) return 'ringing';
  return reach.place === null ? 'requested' : 'queued';
};

function transferView(call: Call): TransferView | null {
  const { phase } = call;
  const running = phase.name === 'transferring' ? phase : null;
  const transfer = running?.transfer ?? call.lastTransfer?.transfer;
  if (!transfer) return null;
  const failure = running ? null : (call.lastTransfer?.failure ?? null);
  return {
    id: transfer.id,
    state: running ? ringingState(running.reach) : (call.lastTransfer?.state ?? 'failed'),
    to: transfer.to,
    mode: transfer.mode,
    from: transfer.from,
    ...(running?.reach.place == null ? {} : { place: running.reach.place }),
    ...(failure ? { reason: failure.reason } : transfer.reason === null ? {} : { reason: transfer.reason }),
    ...(failure?.sipStatus === undefined ? {} : { sipStatus: failure.sipStatus }),
    ...(failure?.cause === undefined ? {} : { cause: failure.cause }),
    ...(transfer.note === null ? {} : { note: transfer.note }),
  };
}

function outcomeView(call: Call): OutcomeView | null {
  const outcome = call.phase.name === 'three-way' ? call.phase.outcome : call.outcome;
  if (!outcome) return null;
  return {
    state: outcome.acceptedBy === null ? 'open' : 'decided',
    proposals: { ...outcome.proposals },
    ...(outcome.acceptedBy === null ? {} : { acceptedBy: outcome.acceptedBy }),
    ...(outcome.by === null ? {} : { by: outcome.by }),
    danger: outcome.danger,
    ...(outcome.deadline === null ? {} : { deadline: iso(outcome.deadline) }),
  };
}

export const seatView = (seat: Seat): SeatView => ({
  id: seat.id,
  platform: seat.platform,
  group: seat.group,
  remote: seat.remote,
  status: seat.status,
  ...(seat.reason === null ? {} : { reason: seat.reason }),
  state: seat.state,
  since: iso(seat.since),
  ...(seat.call === null ? {} : { call: seat.call }),
  queues: [...seat.queues],
  ...(Object.keys(seat.skills ?? {}).length === 0 ? {} : { experts: Object.keys(seat.skills ?? {}) }),
  phone: seat.phone,
  ...(seat.device === undefined ? {} : { device: seat.device }),
  notResponding: seat.notResponding,
  ...(seat.owesTag ? { owesTag: true } : {}),
  ...(seat.wrapUpUntil === null ? {} : { wrapUpUntil: iso(seat.wrapUpUntil) }),
  ...(seat.helpAsked ? { helpAsked: true } : {}),
  version: seat.version,
});

export function queueView(queue: QueueState, now: Time): QueueView {
  return {
    id: queue.id,
    platform: queue.platform,
    name: queue.name,
    waiting: queue.waiting,
    oldestWaitSeconds: queue.oldest === null ? 0 : Math.max(0, (now - queue.oldest) / 1000),
    seats: {
      signedIn: queue.seats.signedIn,
      ready: queue.seats.available,
      talking: queue.seats.talking,
      wrapUp: queue.seats.wrapUp,
    },
    calls: queue.calls.map((waiting) => ({
      call: waiting.call,
      place: waiting.place,
      since: new Date(waiting.since).toISOString(),
    })),
    today: {
      offered: queue.today.offered,
      answered: queue.today.answered,
      answeredInTime: queue.today.answeredInTime,
      abandoned: queue.today.abandoned,
      shortAbandoned: queue.today.shortAbandoned,
    },
    expectedWait: queue.expected && {
      seconds: queue.expected.seconds,
      errorP50Seconds: queue.expected.error.p50,
      errorP90Seconds: queue.expected.error.p90,
      samples: queue.expected.error.samples,
    },
  };
}
