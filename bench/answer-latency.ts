// The product beside its floors, on one Asterisk in one run: caller's INVITE sent → free seat's INVITE received.
// It must not be read without the floors: what this machine can do changes by the minute.
import { ariLoop, floors } from './contender.ts';
import { ms, table } from './figures.ts';
import type { Figure } from './measure.ts';
import { figuresTable, measure } from './measure.ts';
import type { BenchOptions } from './options.ts';
import { product } from './product.ts';
import { openStage } from './stage.ts';

export async function answerLatency(options: BenchOptions): Promise<readonly Figure[]> {
  const stage = await openStage(options.report);
  try {
    const figures = await measure(stage, [...floors, product], options);
    options.print(figuresTable(figures));
    options.print(`\n${ratios(figures, options.rates)}`);
    return figures;
  } finally {
    await stage.close();
  }
}

function ratios(figures: readonly Figure[], rates: readonly number[]): string {
  const of = (name: string, rate: number): Figure | undefined =>
    figures.find((figure) => figure.contender === name && figure.perSecond === rate);
  const rows = rates.map((rate) => {
    const ours = of(product.name, rate)?.latency;
    const loop = of(ariLoop.name, rate)?.latency;
    const queue = of('app_queue', rate)?.latency;
    const ratio = (mine = Number.NaN, theirs = Number.NaN): string => (mine / theirs).toFixed(2);
    return [
      String(rate),
      ratio(ours?.p50, loop?.p50),
      ratio(ours?.p99, loop?.p99),
      `${ms(ours?.p99 ?? Number.NaN)} / ${ms(queue?.p99 ?? Number.NaN)}`,
    ];
  });
  return table(['calls/s', 'p50 ÷ bare ARI loop', 'p99 ÷ bare ARI loop', 'p99 ms ours / app_queue'], rows);
}
