// Measures contenders at rates on one stage, in turn at each rate so that what else the machine does hits all alike.
// It must not know what a contender is made of.
import { setTimeout as sleep } from 'node:timers/promises';
import { udpPort } from '../lab/phones/ports.ts';
import type { Contender, Running } from './contender.ts';
import { cpuMs, machineMs, ms, percentiles, table } from './figures.ts';
import type { Percentiles } from './figures.ts';
import { load } from './generator/load.ts';
import type { LoadResult } from './generator/load.ts';
import type { Stage } from './stage.ts';

export type Figure = {
  readonly contender: string;
  readonly perSecond: number;
  readonly calls: number;
  readonly failed: number;
  readonly failures: Readonly<Record<string, number>>;
  readonly latency: Percentiles;
  readonly asteriskCpuMs: number;
  readonly appCpuMs: number | undefined;
  readonly extraInvites: number;
  readonly latestStart: number;
  /** Share of the machine that neither Asterisk, the contender nor the generator used: the noise in the figures. */
  readonly othersShare: number;
};

export type MeasureOptions = {
  readonly rates: readonly number[];
  readonly seconds: number;
  readonly report: (line: string) => void;
};

type Entrant = {
  readonly contender: Contender;
  readonly running: Running;
  readonly port: number;
  release(): Promise<void>;
};

export async function measure(
  stage: Stage,
  contenders: readonly Contender[],
  options: MeasureOptions,
): Promise<Figure[]> {
  const entrants: Entrant[] = [];
  const figures: Figure[] = [];
  try {
    for (const contender of contenders) {
      const { port, release } = await udpPort(contender.callerHost);
      entrants.push({ contender, running: await contender.start(stage), port, release });
    }
    // Code paths, pools and the first page faults are not what is asked for.
    for (const entrant of entrants) await run(stage, entrant, 10, 20);
    for (const perSecond of options.rates) {
      for (const entrant of entrants) {
        await sleep(1_000);
        const figure = await figureOf(stage, entrant, perSecond, options.seconds);
        figures.push(figure);
        options.report(row(figure).join('  '));
      }
    }
    return figures;
  } finally {
    for (const entrant of entrants) {
      await entrant.running.stop();
      await entrant.release();
    }
  }
}

function run(stage: Stage, entrant: Entrant, perSecond: number, calls: number): Promise<LoadResult> {
  return load({
    server: stage.stack.sip,
    caller: { host: entrant.contender.callerHost, port: entrant.port },
    seats: stage.seats,
    service: entrant.contender.service,
    perSecond,
    calls,
    talkMs: 500,
    answerMs: 0,
    patienceMs: 6_000,
  });
}

async function figureOf(stage: Stage, entrant: Entrant, perSecond: number, seconds: number): Promise<Figure> {
  const { appPid } = entrant.running;
  const look = (): { asterisk: number; app: number; own: number; machine: ReturnType<typeof machineMs> } => {
    const own = process.cpuUsage();
    return {
      asterisk: cpuMs(stage.asteriskPid),
      app: appPid === undefined ? 0 : cpuMs(appPid),
      own: (own.user + own.system) / 1_000,
      machine: machineMs(),
    };
  };
  const before = look();
  const result = await run(stage, entrant, perSecond, perSecond * seconds);
  const after = look();
  const asterisk = after.asterisk - before.asterisk;
  const app = after.app - before.app;
  const others = after.machine.used - before.machine.used - asterisk - app - (after.own - before.own);
  return {
    contender: entrant.contender.name,
    perSecond,
    calls: result.calls,
    failed: result.failed,
    failures: result.failures,
    latency: percentiles(result.latencies),
    asteriskCpuMs: asterisk / result.calls,
    appCpuMs: appPid === undefined ? undefined : app / result.calls,
    extraInvites: result.extraInvites,
    latestStart: result.latestStart,
    othersShare: Math.max(0, others / (after.machine.all - before.machine.all)),
  };
}

const head = [
  'contender',
  'calls/s',
  'calls',
  'failed',
  'p50 ms',
  'p95 ms',
  'p99 ms',
  'max ms',
  'Asterisk CPU ms/call',
  'app CPU ms/call',
  'generator late ms',
  'others’ CPU',
];

function row(figure: Figure): string[] {
  const { latency } = figure;
  const why = Object.entries(figure.failures).map(([reason, count]) => `${count} ${reason}`);
  return [
    figure.contender,
    String(figure.perSecond),
    String(figure.calls),
    [String(figure.failed), ...why].join(': '),
    ms(latency.p50),
    ms(latency.p95),
    ms(latency.p99),
    ms(latency.most),
    ms(figure.asteriskCpuMs),
    figure.appCpuMs === undefined ? '–' : ms(figure.appCpuMs),
    ms(figure.latestStart),
    `${Math.round(figure.othersShare * 100)} %`,
  ];
}

export function figuresTable(figures: readonly Figure[]): string {
  return table(head, figures.map(row));
}
