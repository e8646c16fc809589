import { playHistory } from '/work/main/test/call-world/history.ts';
import { Coverage } from '/work/main/test/call-world/coverage.ts';
let s = Number(process.argv[3] ?? 1);
const rnd = () => {
  s ^= s << 13;
  s ^= s >>> 17;
  s ^= s << 5;
  return (s >>> 0) & 0xffff;
};
const cov = new Coverage();
const n = Number(process.argv[2] ?? 1000);
let steps = 0;
const fails = new Map<string, { n: number; tape: number[]; msg: string }>();
const t = performance.now();
for (let i = 0; i < n; i++) {
  const tape = Array.from({ length: 20 + (rnd() % 140) }, rnd);
  try {
    steps += playHistory(tape, cov).steps;
  } catch (e) {
    const m = String((e as Error).message)
      .split('\n')[0]!
      .replace(/c\d+[\w.-]*/g, 'X');
    const f = fails.get(m);
    if (!f || tape.length < f.tape.length)
      fails.set(m, { n: (f?.n ?? 0) + 1, tape, msg: (e as Error).stack! });
    else f.n++;
  }
}
console.log(
  n,
  'histories',
  ((performance.now() - t) / 1000).toFixed(2),
  's',
  steps / n,
  'steps each; coverage',
  cov.share.toFixed(3),
  'missing',
  cov.missing.join(' | '),
);
for (const [m, f] of [...fails].sort((a, b) => b[1].n - a[1].n)) console.log(f.n, m, 'tape', f.tape.length);
const first = [...fails.values()].sort((a, b) => b.n - a.n)[Number(process.argv[4] ?? 0)];
if (first) {
  // shrink
  let tape = first.tape;
  const m0 = first.msg.split('\n')[0]!.replace(/c\d+[\w.-]*/g, 'X');
  const bad = (x: number[]) => {
    try {
      playHistory(x);
      return false;
    } catch (e) {
      return (
        String((e as Error).stack)
          .split('\n')[0]!
          .replace(/c\d+[\w.-]*/g, 'X') === m0
      );
    }
  };
  for (let k = 40; k >= 1; k = k >> 1)
    for (let i = 0; i + k <= tape.length;) {
      const x = [...tape.slice(0, i), ...tape.slice(i + k)];
      if (bad(x)) tape = x;
      else i++;
    }
  for (let i = 0; i < tape.length; i++) {
    for (const v of [0, 1, 2, 3, 5, 8, 13, 20]) {
      const x = [...tape];
      if (x[i]! <= v) continue;
      x[i] = v;
      if (bad(x)) {
        tape = x;
        break;
      }
    }
  }
  console.log(JSON.stringify(tape));
  const { World } = await import('/work/main/test/call-world/world.ts');
  const orig = World.prototype.tell;
  const st = (World.prototype as any).step;
  (World.prototype as any).step = function (id: string, i: any) {
    console.log('  ', id, JSON.stringify(i).slice(0, 200));
    const r = st.call(this, id, i);
    console.log(
      '      ->',
      this.calls.get(id)?.phase.name,
      r.ok
        ? r.effects
            .map(
              (e: any) =>
                e.type +
                (e.leg ? ' ' + e.leg : '') +
                (e.legs ? ' ' + e.legs : '') +
                ('on' in e ? ' ' + e.on : '') +
                (e.name ?? '') +
                (e.message ? ' ' + e.message.type : ''),
            )
            .join('; ')
        : r.code,
    );
    return r;
  };
  try {
    playHistory(tape);
  } catch (e) {
    console.log(
      (e as Error)
        .stack!.split('\n')
        .filter((l, i) => i < 1 || /at /.test(l))
        .slice(0, 12)
        .join('\n'),
    );
    if (process.argv[5]) console.log((e as Error).message);
  }
}
