// The runs as one HTML page of SVG charts that needs nothing from anywhere: service level, waits, who answered, seats lent.
// It must not compute figures beyond what a line of a chart is.
import * as echarts from 'echarts';
import type { EChartsOption } from 'echarts';
import type { Figures, Stretch } from './figures.ts';

export interface Run {
  readonly name: string;
  readonly figures: Figures;
}

const share = (part: number, whole: number): number | null =>
  whole === 0 ? null : Math.round((1000 * part) / whole) / 10;
/** A share over so few calls jumps about: neighbours are counted in. */
const smooth = (all: readonly Stretch[], n: number, what: 'inTime' | 'answered'): number | null => {
  const near = all.slice(Math.max(0, n - 1), n + 2);
  const sum = (name: 'offered' | 'inTime' | 'answered') =>
    near.reduce((total, each) => total + each[name], 0);
  return share(sum(what), sum('offered'));
};

interface Line {
  readonly title: string;
  readonly unit: string;
  readonly most?: number;
  readonly of: (stretch: Stretch, n: number, all: readonly Stretch[]) => number | null;
}
const lines: readonly Line[] = [
  { title: 'Answered in time', unit: '%', most: 100, of: (_each, n, all) => smooth(all, n, 'inTime') },
  { title: 'Answered at all', unit: '%', most: 100, of: (_each, n, all) => smooth(all, n, 'answered') },
  {
    title: 'Mean wait of all callers',
    unit: 's',
    of: ({ waitSeconds, offered }) => (offered === 0 ? 0 : Math.round(waitSeconds / offered)),
  },
  { title: 'Most waiting', unit: '', of: ({ mostWaiting }) => mostWaiting },
];

function svg(option: EChartsOption): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 980, height: 260 });
  chart.setOption({ animation: false, grid: { left: 60, right: 20, top: 60, bottom: 34 }, ...option });
  const text = chart.renderToSVGString();
  chart.dispose();
  return text;
}

const clock = (hour: number, long: boolean): string =>
  `${long ? `${Math.floor(hour / 24) + 1}. ` : ''}${String(Math.floor(hour % 24)).padStart(2, '0')}:${String(Math.round((hour % 1) * 60)).padStart(2, '0')}`;

function charts(queue: string, runs: readonly Run[]): string[] {
  const stretches = runs.map(({ figures }) => figures.queues.get(queue)?.stretches ?? []);
  const hours = stretches[0]?.map(({ hour }) => clock(hour, stretches[0]?.length === 168)) ?? [];
  const xAxis = { type: 'category' as const, data: hours };
  const drawn = lines.map(({ title, unit, most, of }) =>
    svg({
      title: { text: `${queue}: ${title}${unit === '' ? '' : ` (${unit})`}`, textStyle: { fontSize: 14 } },
      legend: { right: 10, data: runs.map(({ name }) => name) },
      xAxis,
      yAxis: { type: 'value', ...(most === undefined ? {} : { max: most }) },
      series: runs.map(({ name }, n) => ({
        name,
        type: 'line' as const,
        showSymbol: false,
        data: (stretches[n] ?? []).map((stretch, at, all) => of(stretch, at, all)),
      })),
    }),
  );
  const last = stretches.at(-1) ?? [];
  if (last.some(({ mostLent }) => mostLent > 0))
    drawn.push(
      svg({
        title: { text: `${queue}: calls, and seats lent to it`, textStyle: { fontSize: 14 } },
        legend: { right: 10, data: ['own seats', 'borrowed seats', 'gave up', 'seats lent'] },
        xAxis,
        yAxis: { type: 'value' },
        series: [
          ...(
            [
              ['own seats', (each: Stretch) => each.answered - each.borrowed],
              ['borrowed seats', (each: Stretch) => each.borrowed],
              ['gave up', (each: Stretch) => each.abandoned],
            ] as const
          ).map(([name, of]) => ({ name, type: 'bar' as const, stack: 'calls', data: last.map(of) })),
          {
            name: 'seats lent',
            type: 'line' as const,
            step: 'end' as const,
            showSymbol: false,
            data: last.map(({ mostLent }) => mostLent),
          },
        ],
      }),
    );
  return drawn;
}

const escaped = (text: string): string =>
  text.replaceAll(/[&<>"]/gu, (sign) => `&#${sign.codePointAt(0) ?? 32};`);

/** @param words the printed report, put above the charts. */
export function page(title: string, words: string, runs: readonly Run[]): string {
  const queues = [...(runs[0]?.figures.queues.keys() ?? [])];
  const drawn = queues.flatMap((queue) => charts(queue, runs));
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${escaped(title)}</title>
<style>body{font:14px/1.5 system-ui,sans-serif;max-width:1000px;margin:24px auto;padding:0 12px;color:#1f2329}pre{overflow:auto;background:#f5f6f8;padding:12px}figure{margin:16px 0}</style>
<h1>${escaped(title)}</h1><pre>${escaped(words)}</pre>
${drawn.map((each) => `<figure>${each}</figure>`).join('\n')}
</html>
`;
}
