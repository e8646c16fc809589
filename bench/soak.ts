// Full calls (arrive, a seat answers, talk, end) at a steady rate for minutes: none lost, memory flat, time per call.
// It must not forgive: one lost call is a failed soak.
import { udpPort } from '../lab/phones/ports.ts';
import { cpuMs, machineMs, memoryMb, ms, percentiles, table } from './figures.ts';
import { load } from './generator/load.ts';
import type { LoadResult } from './generator/load.ts';
import { checkLedger, faultsOf } from './ledger-check.ts';
import type { LedgerCheck } from './ledger-check.ts';
import type { BenchOptions } from './options.ts';
import { startProduct } from './product.ts';
import type { Product } from './product.ts';
import { openStage } from './stage.ts';
import type { Stage } from './stage.ts';

const talkMs = 1_500;
/** Code, pools and caches fill first; flat is measured from here on. */
const warmCalls = 5_000;

type SoakSample = {
  readonly started: number;
  readonly up: number;
  readonly serverMb: number;
  readonly asteriskMb: number;
  readonly serverCpuMs: number;
  readonly asteriskCpuMs: number;
};

export type SoakFigure = {
  readonly result: Omit<LoadResult, 'numbers' | 'latencies'>;
  readonly samples: readonly SoakSample[];
  readonly ledger: LedgerCheck;
  readonly serverCpuMsPerCall: number;
  /** Everything there is on the machine, the generator too. */
  readonly machineCpuMsPerCall: number;
  readonly memoryGrowth: number;
};

export async function soak(options: BenchOptions): Promise<SoakFigure> {
  const stage = await openStage(options.report);
  try {
    const product = await startProduct(stage);
    try {
      return await run(stage, product, options);
    } finally {
      await product.stop();
    }
  } finally {
    await stage.close();
  }
}

async function run(stage: Stage, product: Product, options: BenchOptions): Promise<SoakFigure> {
  const pid = product.appPid;
  if (pid === undefined) throw new Error('The server is not running.');
  const caller = await udpPort('127.0.0.2');
  const samples: SoakSample[] = [];
  const sample = (started: number, up: number): SoakSample => ({
    started,
    up,
    serverMb: memoryMb(pid),
    asteriskMb: memoryMb(stage.asteriskPid),
    serverCpuMs: cpuMs(pid),
    asteriskCpuMs: cpuMs(stage.asteriskPid),
  });
  const before = sample(0, 0);
  const machineBefore = machineMs().used;
  let seconds = 0;
  const result = await load({
    server: stage.stack.sip,
    caller: { host: '127.0.0.2', port: caller.port },
    seats: stage.seats,
    service: '12345',
    perSecond: options.rate,
    calls: options.rate * 60 * options.minutes,
    talkMs,
    answerMs: 100,
    patienceMs: 10_000,
    watch: ({ started, up, failed }) => {
      seconds += 1;
      if (seconds % 10 !== 0) return;
      samples.push(sample(started, up));
      options.report(line(samples.at(-2) ?? before, samples.at(-1) ?? before, failed));
    },
  });
  const after = sample(result.calls, 0);
  const machineCpuMsPerCall = (machineMs().used - machineBefore) / result.calls;
  samples.push(after);
  await caller.release();
  const ledger = await checkLedger(stage.stack.postgres.ownerUrl, result.numbers);
  const { failures, failed, calls, extraInvites, repeated, mostUp, latestStart } = result;
  const rest = { failures, failed, calls, extraInvites, repeated, mostUp, latestStart };
  const warm = samples.find((one) => one.started >= Math.min(warmCalls, result.calls / 3)) ?? before;
  const figure: SoakFigure = {
    result: rest,
    samples,
    ledger,
    serverCpuMsPerCall: (after.serverCpuMs - before.serverCpuMs) / result.calls,
    machineCpuMsPerCall,
    memoryGrowth: after.serverMb / warm.serverMb - 1,
  };
  print(
    options,
    figure,
    percentiles(result.latencies),
    (after.asteriskCpuMs - before.asteriskCpuMs) / result.calls,
    warm,
  );
  const faults = [
    ...faultsOf(ledger),
    ...Object.entries(result.failures).map(([why, count]) => `${count} calls failed: ${why}`),
  ];
  if (faults.length > 0)
    throw new Error(
      `The soak lost something:\n  ${faults.join('\n  ')}\nRun it again with HOTLINE_LOG=debug and look at the calls named in the ledger.`,
    );
  return figure;
}

function line(from: SoakSample, to: SoakSample, failed: number): string {
  const calls = Math.max(1, to.started - from.started);
  return [
    `${to.started} calls, ${to.up} up, ${failed} failed`,
    `server ${to.serverMb.toFixed(0)} MB, ${ms((to.serverCpuMs - from.serverCpuMs) / calls)} ms/call`,
    `Asterisk ${to.asteriskMb.toFixed(0)} MB, ${ms((to.asteriskCpuMs - from.asteriskCpuMs) / calls)} ms/call`,
  ].join('; ');
}

function print(
  options: BenchOptions,
  figure: SoakFigure,
  latency: ReturnType<typeof percentiles>,
  asteriskCpu: number,
  warm: SoakSample,
): void {
  const { result, ledger } = figure;
  options.print(
    table(
      ['what', 'figure'],
      [
        [`calls at ${options.rate}/s`, String(result.calls)],
        ['failed', String(result.failed)],
        [
          'in the ledger once, ended',
          `${ledger.asked - ledger.missing - ledger.twice} of ${ledger.asked}; ${ledger.facts} facts, ${ledger.gaps} gaps`,
        ],
        [
          'INVITE → seat INVITE p50 / p95 / p99 ms',
          `${ms(latency.p50)} / ${ms(latency.p95)} / ${ms(latency.p99)}`,
        ],
        ['server CPU ms/call', ms(figure.serverCpuMsPerCall)],
        ['Asterisk CPU ms/call', ms(asteriskCpu)],
        ['whole machine CPU ms/call, generator and all', ms(figure.machineCpuMsPerCall)],
        [
          `server memory from call ${warm.started} to the last`,
          `${warm.serverMb.toFixed(0)} → ${(figure.samples.at(-1)?.serverMb ?? 0).toFixed(0)} MB (${(figure.memoryGrowth * 100).toFixed(1)} %)`,
        ],
        ['INVITEs offered again', String(result.extraInvites)],
      ],
    ),
  );
}
