// The runs in words: a line a queue and run, what overflow did, and the staffing tables beside them (R16).
// It must not simulate.
import type { Site } from '../../server/protocol/site.ts';
import { offeredLoad, outlookA, outlookC } from '../../server/domain/acd/staffing.ts';
import type { Run } from './chart.ts';
import { totalOf } from './figures.ts';
import type { Crowd, Plan } from './plan.ts';

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const seconds = (value: number): string => (Number.isFinite(value) ? `${value.toFixed(1)} s` : 'no end');

/** Columns as wide as their widest cell; Chinese letters count two. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const width = (text: string) =>
    Array.from(text).reduce((sum, letter) => sum + (letter > '\u2e80' ? 2 : 1), 0);
  const widths = head.map((name, n) => Math.max(width(name), ...rows.map((row) => width(row[n] ?? ''))));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, n) => {
        const space = ' '.repeat((widths[n] ?? 0) - width(cell));
        return n === 0 ? cell + space : space + cell;
      })
      .join('  ')
      .trimEnd();
  return [line(head), ...rows.map(line)].join('\n');
}

export function results(runs: readonly Run[], from?: number, to?: number): string {
  const head = [
    'queue',
    'overflow',
    'calls',
    'in time',
    'answered',
    'gave up',
    'borrowed',
    'mean wait',
    'longest',
    'most waiting',
  ];
  const queues = [...(runs[0]?.figures.queues.keys() ?? [])];
  const rows = queues.flatMap((queue) =>
    runs.flatMap(({ name, figures }) => {
      const found = figures.queues.get(queue);
      if (!found) return [];
      const total = totalOf(found, from, to);
      return [
        [
          queue,
          name,
          String(total.offered),
          percent(total.serviceLevel),
          percent(total.connected),
          String(total.abandoned),
          String(total.borrowed),
          seconds(total.meanWaitSeconds),
          seconds(total.longestSeconds),
          String(total.mostWaiting),
        ],
      ];
    }),
  );
  return table(head, rows);
}

const time = (hour: number): string => {
  const second = Math.round(hour * 3600);
  const part = (value: number) => String(value).padStart(2, '0');
  const day = Math.floor(second / 86_400);
  const clock = `${part(Math.floor((second % 86_400) / 3600))}:${part(Math.floor((second % 3600) / 60))}:${part(second % 60)}`;
  return day === 0 ? clock : `day ${day + 1} ${clock}`;
};

export function story(run: Run, most: number): string {
  const { said } = run.figures;
  const lines = said
    .slice(0, most)
    .map(({ hour, type, what }) => `${time(hour)}  ${type}  ${what}`.trimEnd());
  if (said.length > most) lines.push(`… and ${said.length - most} more`);
  return lines.join('\n');
}

/** Seats around what the busy hour needs, by both formulas. */
export function staffing(site: Site, plan: Plan): string {
  return plan.crowds
    .map((crowd) => {
      const within = withinOf(site, crowd);
      let busiest = 0;
      for (let hour = 0; hour < plan.hours; hour += 0.25)
        busiest = Math.max(busiest, crowd.callsPerHour(hour));
      const demand = { callsPerHour: busiest, handleSeconds: crowd.talkSeconds + crowd.wrapUpSeconds };
      const load = offeredLoad(demand);
      const step = Math.max(1, Math.round(Math.sqrt(load) / 4));
      const rows = Array.from({ length: 9 }, (_, n) => Math.max(1, Math.ceil(load) + (n - 3) * step)).map(
        (seats) => {
          const c = outlookC(demand, seats, within);
          const a = outlookA(demand, crowd.patienceSeconds, seats, within);
          return [
            `${seats}${seats === crowd.seats ? ' *' : ''}`,
            percent(c.inTime),
            seconds(c.meanWaitSeconds),
            percent(a.inTime),
            percent(a.abandons),
            seconds(a.meanWaitSeconds),
            percent(a.occupancy),
          ];
        },
      );
      const title = `${crowd.queue}: busiest ${Math.round(busiest)} calls/h of ${demand.handleSeconds} s = ${load.toFixed(1)} erlang, within ${within} s, patience ${crowd.patienceSeconds} s (* simulated)`;
      return `${title}\n${table(['seats', 'C in time', 'C wait', 'A in time', 'A gives up', 'A wait', 'A busy'], rows)}`;
    })
    .join('\n\n');
}

const withinOf = (site: Site, crowd: Crowd): number => {
  const platform = site.queues.find(({ id }) => id === crowd.queue)?.platform;
  return site.platforms.find(({ id }) => id === platform)?.serviceLevelSeconds ?? 15;
};
