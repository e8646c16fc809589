// A day's figures for its charts: the quarters from the first that has anything to now, each beside the usual day's. Pure.
import type { Volume, VolumeQuarter } from '../../../server/protocol/reports.ts';

const quarterMs = 15 * 60_000;
export const dayCharts = ['volume', 'service', 'overflow'] as const;
export type DayChart = (typeof dayCharts)[number];

interface DaySeries {
  readonly name: string;
  /** null: nothing to say for that quarter. */
  readonly values: readonly (number | null)[];
  readonly colour: string;
  readonly line: boolean;
}

export interface DayFigures {
  readonly times: readonly number[];
  readonly series: readonly DaySeries[];
}

const share = (part: number, whole: number): number | null =>
  whole === 0 ? null : Math.round((part / whole) * 1000) / 10;
const tenth = (value: number): number => Math.round(value * 10) / 10;

/** At least two hours, so that the first morning call is no lonely bar. */
export function dayFigures(volume: Volume, chart: DayChart, nowMs: number): DayFigures {
  const from = Date.parse(volume.from);
  const today = new Map(volume.quarters.map((each) => [Date.parse(each.at), each]));
  const usual = new Map(volume.usual.quarters.map((each) => [Date.parse(each.at), each]));
  const last = Math.floor((nowMs - from) / quarterMs);
  const firsts = [...today.keys(), ...usual.keys()].filter((at) => at <= nowMs);
  const first = Math.min(last - 7, Math.floor((Math.min(nowMs, ...firsts) - from) / quarterMs));
  const times: number[] = [];
  for (let slot = Math.max(0, first); slot <= last; slot += 1) times.push(from + slot * quarterMs);
  const line = (
    name: string,
    colour: string,
    days: ReadonlyMap<number, VolumeQuarter>,
    read: (quarter: VolumeQuarter) => number | null,
    none: number | null,
  ): DaySeries => ({
    name,
    colour,
    line: days === usual || chart === 'service',
    values: times.map((at) => {
      const quarter = days.get(at);
      return quarter === undefined ? none : read(quarter);
    }),
  });
  const hadUsual = volume.usual.days > 0;
  const inTime = (quarter: VolumeQuarter) => share(quarter.answeredInTime, quarter.offered);
  const series = {
    volume: [
      line('wall.offered', '--brand', today, (each) => each.offered, 0),
      line('wall.abandoned', '--bad', today, (each) => each.abandoned, 0),
      ...(hadUsual ? [line('wall.usual', '--ink-soft', usual, (each) => tenth(each.offered), 0)] : []),
    ],
    service: [
      line('wall.serviceLevel', '--good', today, inTime, null),
      ...(hadUsual ? [line('wall.usual', '--ink-soft', usual, inTime, null)] : []),
    ],
    overflow: [
      line('wall.borrowed', '--calm', today, (each) => each.borrowed, 0),
      ...(hadUsual ? [line('wall.usual', '--ink-soft', usual, (each) => tenth(each.borrowed), 0)] : []),
    ],
  } as const;
  return { times, series: series[chart] };
}

/** Midnight before `nowMs`, in the browser's own zone. */
export function startOfDay(nowMs: number): number {
  const day = new Date(nowMs);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}
