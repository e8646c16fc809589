// The supervisor's wall in a real browser: 500 seats, 200 calls up, 20 facts a second, and how much of one core all of the
// browser's processes use for it; beside it, how long the first screens take. The stream is the server's own (Fastify, hub,
// scope, masking) over loopback to the console as it is built; behind it stands a floor that is made up (wall-floor.ts).
import { setTimeout as sleep } from 'node:timers/promises';
import type { AddressInfo } from 'node:net';
import { openWindow } from '../console/chromium.ts';
import type { Window } from '../console/chromium.ts';
import { firstScreen } from '../console/first-screen.ts';
import { freshBuild } from '../console/fresh-build.ts';
import { openDesk } from '../test/doubles/api.ts';
import { machineMs, table } from './figures.ts';
import type { BenchOptions } from './options.ts';
import { WallFloor } from './wall-floor.ts';

const goal = { seats: 500, calls: 200, factsPerSecond: 20, share: 0.3, firstMs: 1_500, gzipKb: 500 };
const warmUpMs = 5_000;
const loads = 5;
const mostLoadMs = 30_000;
const view = { width: 1920, height: 1080 };

interface Place {
  readonly url: string;
  readonly token: (user: string) => string;
}

export async function wallboard(options: BenchOptions): Promise<readonly string[][]> {
  await freshBuild();
  const desk = await openDesk({
    consoleFolder: new URL('../console/dist', import.meta.url).pathname,
    limits: { strangersPer10s: 100_000 },
  });
  // The doubles' clock stands still; people at a wall count seconds by the server's.
  desk.clock.at = Date.now();
  const floor = new WallFloor(desk.engine, goal.seats, goal.calls);
  await desk.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = desk.app.server.address() as AddressInfo;
  const place = { url: `http://127.0.0.1:${port}`, token: (user: string) => desk.token(user) };
  try {
    const rows: string[][] = [];
    for (const [user, path, shown] of [
      ['1001', '', '.idle'],
      ['sup-12345', '#/wall', '.wall'],
    ] as const) {
      const times: number[] = [];
      let told = '';
      for (let n = 0; n < loads; n += 1) {
        const { ms, window } = await opened(place, user, path, shown);
        const page = window.context.pages()[0];
        if (page && told === '') {
          const { gzipBytes, files } = await firstScreen(page);
          told = `${Math.round(gzipBytes / 1024)} kB gzip in ${files} files`;
        }
        times.push(ms);
        await window.close();
      }
      rows.push([
        `first load of ${path === '' ? 'the desk' : 'the wall'}, ${times.length} new browsers`,
        `≤ ${goal.firstMs} ms, ≤ ${goal.gzipKb} kB`,
        `${times.toSorted((a, b) => a - b).join(', ')} ms; ${told}`,
      ]);
    }
    floor.start(goal.factsPerSecond);
    for (const path of ['#/wall', '#/board'] as const)
      rows.push(...(await watched(place, floor, path, options)));
    options.print(table(['figure', 'goal', 'read'], rows));
    return rows;
  } finally {
    floor.stop();
    await desk.app.close();
  }
}

/** From the start of the page's navigation to the first screen standing, by the page's own clock, in a browser nobody used yet. */
async function opened(
  place: Place,
  user: string,
  path: string,
  shown: string,
): Promise<{ readonly ms: number; readonly window: Window }> {
  const window = await openWindow({ viewport: view });
  const page = window.context.pages()[0] ?? (await window.context.newPage());
  await page.addInitScript({
    content: `sessionStorage.setItem('hotline.token', '${place.token(user)}');
      new MutationObserver((_changes, observer) => {
        if (!document.querySelector('${shown}')) return;
        observer.disconnect();
        requestAnimationFrame(() => (globalThis.hotlineStood = performance.now()));
      }).observe(document, { childList: true, subtree: true });`,
  });
  try {
    await page.goto(`${place.url}/${path}`, { waitUntil: 'commit' });
    // Asked again and again from outside: the page's own policy allows no evaluation inside it.
    const deadline = performance.now() + mostLoadMs;
    for (;;) {
      const stood = await page.evaluate<number | null>('globalThis.hotlineStood ?? null');
      if (stood !== null) return { ms: Math.round(stood), window };
      if (performance.now() > deadline)
        throw new Error(`${shown} did not appear within ${mostLoadMs / 1000} s at ${path || 'the desk'}.`);
      await sleep(20);
    }
  } catch (error) {
    // Its stream would keep the server from closing.
    await window.close();
    throw error;
  }
}

async function watched(
  place: Place,
  floor: WallFloor,
  path: string,
  options: BenchOptions,
): Promise<string[][]> {
  const { window } = await opened(place, 'sup-12345', path, 'main h1');
  try {
    const page = window.context.pages()[0];
    if (!page) throw new Error('The window has no page.');
    const session = await window.context.newCDPSession(page);
    await session.send('Performance.enable');
    const mainThread = async (): Promise<Record<string, number>> => {
      const { metrics } = await session.send('Performance.getMetrics');
      return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
    };
    await sleep(warmUpMs);
    const before = {
      at: performance.now(),
      cpu: window.cpuMs(),
      main: await mainThread(),
      facts: floor.facts,
      machine: machineMs(),
      node: process.cpuUsage(),
    };
    // Queues' figures, not the times that run by themselves.
    const figures = async (): Promise<string> =>
      (await page.locator('[data-test^="waiting-"]').allInnerTexts()).join(' ');
    const shownBefore = await figures();
    await sleep(options.seconds * 1000);
    if ((await figures()) === shownBefore)
      throw new Error(`${path} shows what it showed ${options.seconds} s ago; the stream did not reach it.`);
    const elapsed = performance.now() - before.at;
    const cpu = (window.cpuMs() - before.cpu) / elapsed;
    const main = await mainThread();
    const spent = (name: string): string =>
      `${((((main[name] ?? 0) - (before.main[name] ?? 0)) * 100_000) / elapsed).toFixed(1)}%`;
    const machine = machineMs();
    const node = process.cpuUsage(before.node);
    const others = machine.used - before.machine.used - cpu * elapsed - (node.user + node.system) / 1000;
    const name = path === '#/wall' ? 'the wall' : 'the full-screen board';
    return [
      [
        `${name}: all browser processes, of one core`,
        `< ${goal.share * 100} %`,
        `${(cpu * 100).toFixed(1)}%${cpu < goal.share ? '' : ', **missed**'}`,
      ],
      [
        `${name}: page's main thread (script, style, layout)`,
        '–',
        `${spent('TaskDuration')} (${spent('ScriptDuration')}, ${spent('RecalcStyleDuration')}, ${spent('LayoutDuration')})`,
      ],
      [
        `${name}: fed with`,
        `${goal.seats} seats, ${goal.calls} calls, ${goal.factsPerSecond} facts/s`,
        `${(((floor.facts - before.facts) * 1000) / elapsed).toFixed(1)} facts/s; machine used by others ${Math.round((others * 100) / (machine.all - before.machine.all))}%`,
      ],
    ];
  } finally {
    await window.close();
  }
}
