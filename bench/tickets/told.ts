// Times in one line. It must not judge them.
import { ms, percentiles } from '../figures.ts';

export function told(times: readonly number[]): string {
  const { p50, p95, p99 } = percentiles(times);
  return `p50 ${ms(p50)} ms, p95 ${ms(p95)} ms, p99 ${ms(p99)} ms (n=${times.length})`;
}
