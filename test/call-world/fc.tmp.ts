import fc from 'fast-check';
import { playHistory } from './history.ts';
import { Coverage } from './coverage.ts';
const facts = new Map<string, number>();
const cov = new Coverage();
const t = performance.now();
let n = 0;
fc.assert(
  fc.property(fc.array(fc.nat({ max: 0xffff }), { minLength: 20, maxLength: 160, size: 'max' }), (tape) => {
    n++;
    const w = playHistory(tape, cov);
    for (const f of w.facts) facts.set(f.type, (facts.get(f.type) ?? 0) + 1);
  }),
  { numRuns: 10000 },
);
console.log(n, (performance.now() - t) / 1000, cov.share, cov.missing);
console.log(
  [...facts]
    .sort((a, b) => b[1] - a[1])
    .map(([k, v]) => `${k} ${v}`)
    .join(', '),
);
const t2 = performance.now();
fc.assert(
  fc.property(fc.array(fc.nat({ max: 0xffff }), { minLength: 20, maxLength: 160, size: 'max' }), () => {}),
  { numRuns: 10000 },
);
console.log('generation only', (performance.now() - t2) / 1000);
