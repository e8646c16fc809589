// The duty roster of units with an emergency team (R9): who answers at an hour, and hours nobody answers.
// It must not ring anybody: the line it names is shown and put on record.
import type { Unit } from '../../protocol/reference.ts';
import type { Time } from '../../protocol/words.ts';

type Shift = Unit['duty'][number];

const minutesADay = 1440;
const beijingMs = 8 * 3_600_000;

const minuteOf = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));

/** A shift may go over midnight; one that ends where it begins is the whole day. */
function covers({ from, to }: Shift, minute: number): boolean {
  const [start, end] = [minuteOf(from), minuteOf(to) % minutesADay];
  if (start === end) return true;
  return start < end ? minute >= start && minute < end : minute >= start || minute < end;
}

const at = (unit: Unit, minute: number): Shift | null =>
  unit.duty.find((shift) => covers(shift, minute)) ?? null;

export const shiftAt = (unit: Unit, time: Time): Shift | null =>
  at(unit, Math.floor((time + beijingMs) / 60_000) % minutesADay);

/** Stretches of the day without anybody: a team on duty for 24 hours has none. */
export function gapsOf(unit: Unit): readonly { readonly from: string; readonly to: string }[] {
  const clock = (minute: number): string =>
    `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
  const gaps: { from: string; to: string }[] = [];
  let since: number | null = null;
  for (let minute = 0; minute <= minutesADay; minute += 1) {
    const free = minute < minutesADay && at(unit, minute) === null;
    if (free && since === null) since = minute;
    if (!free && since !== null) {
      gaps.push({ from: clock(since), to: clock(minute) });
      since = null;
    }
  }
  return gaps;
}
