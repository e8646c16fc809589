// Lines of cdr_custom (asterisk-config/cdr_custom.conf) and how several lines make one call. Pure.
// It must not guess: a seat is named only where the line names it.
import { CallId } from '../../protocol/words.ts';
import type { SeatId, Time } from '../../protocol/words.ts';
import type { CallRecord } from '../../engine/ports.ts';

export interface RecordLine {
  /** Empty on lines of legs that are not a caller's. */
  readonly call: string;
  readonly uniqueId: string;
  readonly from: string;
  /** The number the caller dialled. */
  readonly dialled: string;
  readonly start: Time;
  readonly answer: Time | null;
  readonly end: Time;
  readonly disposition: string;
  readonly lastApplication: string;
  readonly lastData: string;
  readonly context: string;
  /** The other channel, such as `PJSIP/1001-0000002a`; empty where the configuration does not write it. */
  readonly otherChannel: string;
}

/** Every field is quoted, a quote in it doubled: callers choose some of them (CL10). Null: not such a line. */
export function parseLine(text: string): RecordLine | null {
  const fields = [...text.matchAll(/"((?:[^"]|"")*)"(?:,|$)/gu)].map((match) =>
    (match[1] ?? '').replaceAll('""', '"'),
  );
  const [
    call = '',
    uniqueId = '',
    from = '',
    to = '',
    start,
    answer,
    end,
    disposition = '',
    lastApplication = '',
    lastData = '',
    context = '',
    dialled = '',
    otherChannel = '',
  ] = fields;
  if (fields.length < 11) return null;
  const times = [start, answer, end].map((time) => Math.round(Number(time) * 1000));
  const [startAt = NaN, answerAt = NaN, endAt = NaN] = times;
  if (times.some(Number.isNaN) || (call !== '' && !CallId.safeParse(call).success)) return null;
  return {
    call,
    uniqueId,
    from,
    start: startAt,
    answer: answerAt === 0 ? null : answerAt,
    end: endAt,
    disposition,
    lastApplication,
    lastData,
    context,
    dialled: dialled !== '' ? dialled : dialledOf(lastApplication, lastData, to),
    otherChannel,
  };
}

/** The dialplan's extension is a word of its own ("offer", "queue"); the number is in what was done last. */
const dialledOf = (application: string, data: string, to: string): string =>
  (application === 'Stasis'
    ? data.split(',')[2]
    : application === 'Queue'
      ? /^survival-([^,]+)/u.exec(data)?.[1]
      : undefined) ?? to;

/** One record a call, oldest first. Lines of legs that carry no call id are left out. */
export function mergeLines(lines: readonly RecordLine[]): CallRecord[] {
  const calls = new Map<string, RecordLine[]>();
  for (const line of lines) {
    if (line.call === '') continue;
    const known = calls.get(line.call);
    if (known) known.push(line);
    else calls.set(line.call, [line]);
  }
  return [...calls.values()].map(merge).toSorted((a, b) => a.start - b.start);
}

function merge(lines: readonly RecordLine[]): CallRecord {
  const sorted = lines.toSorted((a, b) => a.start - b.start || a.end - b.end);
  const first = sorted[0] as RecordLine;
  const answers = sorted.flatMap(({ answer }) => (answer === null ? [] : [answer]));
  return {
    call: first.call,
    number: first.from,
    dialled: first.dialled,
    start: first.start,
    answer: answers.length === 0 ? null : Math.min(...answers),
    end: Math.max(...sorted.map(({ end }) => end)),
    seat: lastSeat(sorted),
    survivedWith: lastSeat(sorted.filter(({ lastApplication }) => lastApplication === 'Queue')),
  };
}

const lastSeat = (lines: readonly RecordLine[]): SeatId | null =>
  lines.map(seatOf).findLast((seat) => seat !== null) ?? null;

/** The seat that talked with the caller: the other channel of an answered line. */
function seatOf(line: RecordLine): SeatId | null {
  if (line.answer === null) return null;
  return /^PJSIP\/([A-Za-z0-9_.]+)-[0-9a-f]+$/u.exec(line.otherChannel)?.[1] ?? null;
}
