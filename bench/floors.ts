// The floors alone: what Asterisk and the thinnest ARI loop can do on this machine, now.
// It must not include the product; answer-latency.ts puts it beside them.
import { floors } from './contender.ts';
import type { Figure } from './measure.ts';
import { figuresTable, measure } from './measure.ts';
import type { BenchOptions } from './options.ts';
import { openStage } from './stage.ts';

export async function floorsBench(options: BenchOptions): Promise<readonly Figure[]> {
  const stage = await openStage(options.report);
  try {
    const figures = await measure(stage, floors, options);
    options.print(figuresTable(figures));
    return figures;
  } finally {
    await stage.close();
  }
}
