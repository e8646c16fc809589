// Many calls up at once: all talk at the same time, the server still answers, all end well.
// It must not run longer than Asterisk waits for sound (30 s a leg): no sound is sent here.
import { udpPort } from '../lab/phones/ports.ts';
import { Witness } from '../lab/phones/witness.ts';
import { cpuMs, memoryMb, ms, percentiles, table } from './figures.ts';
import { load } from './generator/load.ts';
import { checkLedger, faultsOf } from './ledger-check.ts';
import type { BenchOptions } from './options.ts';
import { startProduct } from './product.ts';
import type { Product } from './product.ts';
import { openStage } from './stage.ts';
import type { Stage } from './stage.ts';

const perSecond = 40;
const plateauMs = 8_000;

type Plateau = {
  channels: number;
  bridges: number;
  listMs: number;
  serverMb: number;
  asteriskMb: number;
  serverCpu: number;
  asteriskCpu: number;
};

export async function held(options: BenchOptions): Promise<readonly string[][]> {
  const rampMs = (options.calls / perSecond) * 1_000;
  if (rampMs + plateauMs > 26_000) {
    throw new Error(
      `${options.calls} calls take ${Math.round(rampMs / 1_000)} s to begin; more than 700 cannot be held without sound. Give a smaller --calls.`,
    );
  }
  const stage = await openStage(options.report, options.calls);
  try {
    const product = await startProduct(stage, options.calls);
    try {
      return await run(stage, product, options, rampMs + plateauMs);
    } finally {
      await product.stop();
    }
  } finally {
    await stage.close();
  }
}

async function run(
  stage: Stage,
  product: Product,
  options: BenchOptions,
  talkMs: number,
): Promise<string[][]> {
  const caller = await udpPort('127.0.0.2');
  const witness = await Witness.connect({ url: stage.stack.ari.url, ...stage.stack.ari.witness });
  let plateau: Promise<Plateau> | undefined;
  const result = await load({
    server: stage.stack.sip,
    caller: { host: '127.0.0.2', port: caller.port },
    seats: stage.seats,
    service: '12345',
    perSecond,
    calls: options.calls,
    talkMs,
    answerMs: 0,
    patienceMs: 10_000,
    watch: ({ started, up }) => {
      options.report(`${started} begun, ${up} up`);
      if (started === options.calls) plateau ??= look(stage, product, witness);
    },
  });
  await caller.release();
  await witness.nothingLeft(5_000);
  const seen = await plateau;
  const ledger = await checkLedger(stage.stack.postgres.ownerUrl, result.numbers);
  const latency = percentiles(result.latencies);
  const rows = [
    ['most calls up at once', String(result.mostUp)],
    ['channels and bridges then (by the witness)', `${seen?.channels ?? 0} and ${seen?.bridges ?? 0}`],
    ['failed', String(result.failed)],
    [
      'INVITE → seat INVITE p50 / p95 / p99 ms',
      `${ms(latency.p50)} / ${ms(latency.p95)} / ${ms(latency.p99)}`,
    ],
    ['GET /v1/calls?live=true then, ms', ms(seen?.listMs ?? Number.NaN)],
    [
      'memory then, server and Asterisk, MB',
      `${(seen?.serverMb ?? 0).toFixed(0)} and ${(seen?.asteriskMb ?? 0).toFixed(0)}`,
    ],
    [
      'CPU then, server and Asterisk, % of a core',
      `${ms(seen?.serverCpu ?? Number.NaN)} and ${ms(seen?.asteriskCpu ?? Number.NaN)}`,
    ],
    ['in the ledger once, ended', `${ledger.asked - ledger.missing - ledger.twice} of ${ledger.asked}`],
  ];
  options.print(table(['what', 'figure'], rows));
  const faults = [
    ...faultsOf(ledger),
    ...Object.entries(result.failures).map(([why, count]) => `${count} calls failed: ${why}`),
  ];
  if (result.mostUp < options.calls)
    faults.push(`only ${result.mostUp} of ${options.calls} calls were up at once`);
  if (faults.length > 0)
    throw new Error(
      `Not all calls were held:\n  ${faults.join('\n  ')}\nLook at the timeline of one of them in the ledger.`,
    );
  return rows;
}

async function look(stage: Stage, product: Product, witness: Witness): Promise<Plateau> {
  const pid = product.appPid ?? 0;
  const before = { server: cpuMs(pid), asterisk: cpuMs(stage.asteriskPid), at: performance.now() };
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  const elapsed = performance.now() - before.at;
  const share = (from: number, to: number): number => ((to - from) / elapsed) * 100;
  const serverCpu = share(before.server, cpuMs(pid));
  const asteriskCpu = share(before.asterisk, cpuMs(stage.asteriskPid));
  const asked = performance.now();
  await product.supervisor.get('/calls?live=true');
  const listMs = performance.now() - asked;
  const { channels, bridges } = await witness.orphans();
  return {
    channels: channels.length,
    bridges: bridges.length,
    listMs,
    serverCpu,
    asteriskCpu,
    serverMb: memoryMb(pid),
    asteriskMb: memoryMb(stage.asteriskPid),
  };
}
