// `npm run simulate`: a city's day or week in virtual time, with and without overflow, printed and charted.
// It must not hold figures of its own; plan.ts says what is assumed.
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Site } from '../../server/protocol/site.ts';
import { explain } from '../failure.ts';
import { page } from './chart.ts';
import type { Run } from './chart.ts';
import { days, planOf } from './plan.ts';
import type { Day, Help, Plan } from './plan.ts';
import { results, staffing, story } from './report.ts';
import { World } from './world.ts';

const help = `npm run simulate -- [options]

Callers and people are made up; queues and overflow are the server's own code, run in virtual time.

  --site FOLDER            site data (site/qinzhou)
  --day ${days.join('|')}   (storm)
  --busy-hour Q=N,…        calls in the busy hour of a busy day (12345=678,110=325)
  --seats Q=N,…            seats on duty; default: what Erlang C says for that busy hour
  --storm 5                how many times the busy hour the storm is
  --patience 120           mean seconds a 12345 caller waits before giving up; 110: half
  --press 60               seconds until a supervisor starts what is suggested, or "rule"
  --muster 60-180          seconds until a remote seat sits ready
  --remote 40              remote seats of the linked hotlines
  --lines 10               lines of the trunk group
  --region 60              seats the region grants
  --region-minutes 10      how long the region takes to answer
  --seed 1                 another seed, another day of the same kind
  --out FILE               HTML page with SVG charts (simulate.html)
  --json FILE              every stretch of every run, for a machine
  --help                   this text`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      site: { type: 'string', default: 'site/qinzhou' },
      day: { type: 'string', default: 'storm' },
      'busy-hour': { type: 'string', default: '' },
      seats: { type: 'string', default: '' },
      storm: { type: 'string', default: '5' },
      patience: { type: 'string', default: '120' },
      press: { type: 'string', default: '60' },
      muster: { type: 'string', default: '60-180' },
      remote: { type: 'string', default: '40' },
      lines: { type: 'string', default: '10' },
      region: { type: 'string', default: '60' },
      'region-minutes': { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      out: { type: 'string', default: 'simulate.html' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return;
  }
  const site = await readSite(values.site);
  const [least, most] = values.muster.split('-').map((text) => number('--muster', text));
  const overflow: Help = {
    pressSeconds: values.press === 'rule' ? null : number('--press', values.press),
    musterSeconds: [least ?? 0, most ?? least ?? 0],
    remoteSeats: number('--remote', values.remote),
    trunkLines: number('--lines', values.lines),
    regionSeats: number('--region', values.region),
    regionSeconds: 60 * number('--region-minutes', values['region-minutes']),
  };
  const wishes = {
    day: dayOf(values.day),
    busyHour: byQueue('--busy-hour', values['busy-hour'], site),
    seats: byQueue('--seats', values.seats, site),
    seed: number('--seed', values.seed),
    patienceSeconds: number('--patience', values.patience),
    stormTimes: number('--storm', values.storm),
  };
  const without = planOf(site, { ...wishes, overflow: null });
  const runs = [run(site, 'without', without), run(site, 'with', { ...without, overflow })];
  const [, withOverflow] = runs;
  const seats = without.crowds.map(({ queue, seats: count }) => `${queue} ${count}`).join(', ');
  const title = `${site.name}: ${without.name}, ${without.hours} h, own seats ${seats}`;
  const parts = [title, results(runs)];
  if (without.name === 'storm') parts.push('The storm, 14:00 to 16:00:', results(runs, 14, 16));
  if (withOverflow && withOverflow.figures.said.length > 0) parts.push(story(withOverflow, 60));
  parts.push(staffing(site, without));
  const words = parts.join('\n\n');
  console.log(words);
  await writeFile(values.out, page(title, words, runs));
  console.error(`\nCharts: ${values.out}`);
  if (values.json !== undefined)
    await writeFile(
      values.json,
      `${JSON.stringify(
        runs.map(({ name, figures }) => ({
          name,
          said: figures.said,
          queues: [...figures.queues.values()].map(({ queue, stretches }) => ({ queue, stretches })),
        })),
      )}\n`,
    );
}

function run(site: Site, name: string, plan: Plan): Run {
  const began = performance.now();
  const figures = new World(site, plan).run();
  const calls = [...figures.queues.values()].reduce(
    (sum, { stretches }) => sum + stretches.reduce((total, { offered }) => total + offered, 0),
    0,
  );
  console.error(
    `${name}: ${plan.hours} h with ${calls} calls in ${((performance.now() - began) / 1000).toFixed(1)} s`,
  );
  return { name, figures };
}

async function readSite(path: string): Promise<Site> {
  const folder = await stat(path).catch(() => undefined);
  const file = folder?.isDirectory() === true ? join(path, 'site.json') : path;
  try {
    return Site.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new Error(`${file} is not a site: name a folder such as site/qinzhou. ${String(error)}`, {
      cause: error,
    });
  }
}

function dayOf(text: string): Day {
  const day = days.find((each) => each === text);
  if (day === undefined) throw new Error(`--day is one of ${days.join(', ')}, not "${text}".`);
  return day;
}

function number(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new Error(`${name} takes numbers from 0, not "${text}". See --help.`);
  return value;
}

function byQueue(name: string, text: string, site: Site): Record<string, number> {
  const pairs = text.split(',').filter((pair) => pair !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const [queue = '', value = ''] = pair.split('=');
      if (!site.queues.some(({ id }) => id === queue))
        throw new Error(`${name}: there is no queue "${queue}" in ${site.name}.`);
      return [queue, number(name, value)];
    }),
  );
}

try {
  await main();
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
