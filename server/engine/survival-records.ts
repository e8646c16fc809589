// Calls that Asterisk handled while no engine lived, and calls that ended meanwhile: read from its own records into the
// ledger, so that every INVITE has its call and its end (SV1, F1, G1). It must not touch live calls.
import type { CallView } from '../protocol/views.ts';
import type { CallRules } from '../domain/call/rules.ts';
import { ENGINE } from '../domain/call/step.ts';
import type { CallRecord, CallRecords, Clock, Ledger, Log } from './ports.ts';
import { gravestFirst } from './call-back-order.ts';
import type { Recorder } from './recorder.ts';

export interface SurvivalParts {
  readonly records: CallRecords;
  readonly ledger: Ledger;
  readonly recorder: Recorder;
  readonly rules: CallRules;
  readonly clock: Clock;
  readonly log: Log;
  /** Live here, or alive in Asterisk outside our control (talking in the survival queue). */
  readonly alive: (call: string) => boolean;
}

/** Reads what is new and writes what the ledger lacks. Returns how many calls were put right. */
export async function takeRecords(parts: SurvivalParts): Promise<number> {
  const records = await parts.records.read();
  let written = 0;
  for (const record of records) {
    if (parts.alive(record.call)) continue;
    const known = await parts.ledger.call(record.call);
    if (known?.endedAt !== undefined) continue;
    if (writeEnd(parts, record, known)) written += 1;
  }
  return written;
}

/** Calls the ledger holds as open that are not alive at this moment. */
export async function openAndGone(parts: SurvivalParts): Promise<ReadonlySet<string>> {
  const open = await parts.ledger.openCalls();
  return new Set(open.map(({ id }) => id).filter((id) => !parts.alive(id)));
}

/**
 * Calls the ledger holds as open that are neither alive nor in the records any more. Asterisk writes a record of every call
 * that ends, so these were cut off when it died itself: their callers are owed a call, the gravest first (SV5).
 * `gone`: not alive at the comparison; of one that ended since, the record may not be written yet.
 */
export async function closeOpen(parts: SurvivalParts, gone: ReadonlySet<string>): Promise<number> {
  let closed = 0;
  const open = (await parts.ledger.openCalls())
    .map((view) => ({ view, class: view.tag?.class ?? 'general', at: Date.parse(view.arrivedAt) }))
    .toSorted(gravestFirst);
  for (const { view } of open) {
    if (!gone.has(view.id) || parts.alive(view.id)) continue;
    const at = parts.clock.now();
    const ended: CallView = {
      ...view,
      phase: 'ended',
      version: view.version + 1,
      parties: [],
      endedAt: new Date(at).toISOString(),
      endReason: 'lost-while-away',
      recovered: true,
    };
    parts.recorder.record(
      {
        at,
        call: view.id,
        platform: view.platform,
        facts: [
          {
            type: 'call.call-back-owed',
            actor: ENGINE,
            data: {
              number: view.caller.number,
              class: view.tag?.class ?? 'general',
              reason: 'lost-while-away',
              rung: 'call-back',
              recovered: true,
            },
          },
          {
            type: 'call.ended',
            actor: ENGINE,
            data: {
              reason: 'lost-while-away',
              recovered: true,
              answered: view.answeredAt !== undefined,
              number: view.caller.number,
            },
          },
        ],
      },
      { call: ended, callEnded: true },
    );
    closed += 1;
  }
  return closed;
}

function writeEnd(parts: SurvivalParts, record: CallRecord, known: CallView | null): boolean {
  const platform = parts.rules.platformOfNumber(record.dialled);
  if (!platform && !known) {
    parts.log.warn(
      { call: record.call, dialled: record.dialled },
      'A call record names no number of ours; it is left out.',
    );
    return false;
  }
  const iso = (time: number) => new Date(time).toISOString();
  const at = parts.clock.now();
  const facts = [];
  if (!known)
    facts.push({
      type: 'call.arrived',
      actor: ENGINE,
      data: { number: record.number, dialled: record.dialled, arrivedAt: iso(record.start), recovered: true },
    });
  // CL2: one that had a seat of ours was left alone by it, and had a static one then.
  const another = known?.answeredAt ? record.survivedWith : null;
  if (record.answer !== null && !known?.answeredAt)
    facts.push({
      type: 'call.survived',
      actor: ENGINE,
      data: { seat: record.seat, answeredAt: iso(record.answer), recovered: true },
    });
  else if (another !== null)
    facts.push({ type: 'call.survived', actor: ENGINE, data: { seat: another, recovered: true } });
  const reason = record.answer === null ? 'abandoned' : 'ended-while-away';
  facts.push({
    type: 'call.ended',
    actor: ENGINE,
    data: {
      reason,
      endedAt: iso(record.end),
      recovered: true,
      number: record.number,
      answered: record.answer !== null,
    },
  });
  const base: CallView = known ?? {
    id: record.call,
    version: 0,
    platform: platform?.id ?? '',
    phase: 'ended',
    caller: { number: record.number },
    dialled: record.dialled,
    queue: platform?.queue,
    parties: [],
    tickets: [],
    arrivedAt: iso(record.start),
  };
  const view: CallView = {
    ...base,
    version: base.version + 1,
    phase: 'ended',
    parties: [],
    endedAt: iso(record.end),
    endReason: reason,
    recovered: true,
    ...(record.answer === null ? {} : { answeredAt: base.answeredAt ?? iso(record.answer) }),
    ...(record.seat === null ? {} : { owner: another ?? base.owner ?? record.seat }),
  };
  parts.recorder.record(
    { at, call: record.call, platform: view.platform, facts },
    { call: view, callEnded: true },
  );
  return true;
}
