// `npm run bench -- <name>`: picks a bench, gives it its options, prints its figures. It must not measure anything itself.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { explain } from '../lab/failure.ts';
import { answerLatency } from './answer-latency.ts';
import { floorsBench } from './floors.ts';
import { held } from './held.ts';
import { press } from './press.ts';
import type { BenchOptions } from './options.ts';
import { soak } from './soak.ts';
import { storm } from './storm.ts';
import { wallboard } from './wallboard.ts';

type Bench = { readonly words: string; readonly run: (options: BenchOptions) => Promise<unknown> };

const benches: Readonly<Record<string, Bench>> = {
  floors: { words: 'Dial(), app_queue and the bare ARI loop at each rate', run: floorsBench },
  'answer-latency': {
    words: 'the product beside the floors: caller’s INVITE → seat’s INVITE',
    run: answerLatency,
  },
  soak: { words: 'full calls at --rate for --minutes: none lost, memory, CPU per call', run: soak },
  held: { words: '--calls calls up at once', run: held },
  press: { words: 'one-click transfer, --calls times: press → INVITE at the target', run: press },
  wallboard: {
    words: '500 seats, 200 calls, 20 facts/s on a supervisor’s wall: the browser’s CPU; first loads',
    run: wallboard,
  },
  storm: {
    words: 'four seats under 1.5 calls/s for --minutes: overflow opens, nobody lost, drains',
    run: storm,
  },
};

const help = `npm run bench -- <name> [options]

${Object.entries(benches)
  .map(([name, bench]) => `  ${name.padEnd(16)}${bench.words}`)
  .join('\n')}

  --rates 10,30,50,100   calls started a second
  --seconds 10           how long each rate lasts
  --rate 50              calls started a second by soak
  --minutes 10           how long soak and storm last
  --calls 500            how many calls held keeps up at once
  --json FILE            write the figures there as well
  --help                 this text

Needs root, like "npm run up". bench/README.md explains the figures.`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rates: { type: 'string', default: '10,30,50,100' },
      seconds: { type: 'string', default: '10' },
      rate: { type: 'string', default: '50' },
      minutes: { type: 'string', default: '10' },
      calls: { type: 'string', default: '500' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const [name = ''] = positionals;
  const bench = benches[name];
  if (values.help || bench === undefined) {
    console.log(help);
    if (!values.help) {
      console.error(name === '' ? '\nName a bench.' : `\nThere is no bench "${name}".`);
      process.exitCode = 2;
    }
    return;
  }
  const figures = await bench.run({
    rates: values.rates.split(',').map((text) => whole('--rates', text)),
    seconds: whole('--seconds', values.seconds),
    rate: whole('--rate', values.rate),
    minutes: whole('--minutes', values.minutes),
    calls: whole('--calls', values.calls),
    report: (line) => console.error(line),
    print: (text) => console.log(text),
  });
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`);
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`${name} takes whole numbers from 1, not "${text}". See --help.`);
  return value;
}

try {
  await main();
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
