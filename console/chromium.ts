// Debian's Chromium for the tests and the screenshots: found, or installed by apt as root, and started with a microphone
// that plays a known tone. It must not use the network beyond this machine once it is installed.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { BrowserContext } from 'playwright-core';
import { toneWave } from '../lab/phones/wave.ts';

const executable = '/usr/bin/chromium';
const packages = ['chromium', 'fonts-noto-cjk'];

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Path of Chromium; installs it where it is missing. Throws with what to do when it may not. */
export async function chromiumPath(): Promise<string> {
  if (await exists(executable)) return executable;
  const byHand = `apt-get install ${packages.join(' ')}`;
  if (process.getuid?.() !== 0)
    throw new Error(`There is no ${executable}, and only root may install it. Run as root: ${byHand}`);
  const code = await new Promise<number>((resolve, reject) => {
    const child = spawn('apt-get', ['install', '-y', '--no-install-recommends', ...packages], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.on('error', reject);
    child.on('close', (status) => resolve(status ?? 1));
  });
  if (code !== 0 || !(await exists(executable)))
    throw new Error(
      `Chromium could not be installed (apt-get said ${code}). Try by hand: apt-get update && ${byHand}`,
    );
  return executable;
}

export interface Window {
  readonly context: BrowserContext;
  /** Stops all its processes, or lets them go on: a network that is gone for a while looks no different from outside. */
  freeze(on: boolean): void;
  /** Processor time all its processes have used so far, ms. */
  cpuMs(): number;
  close(): Promise<void>;
}

export interface WindowOptions {
  /** What its microphone plays, Hz; silence of a kind without. */
  readonly toneHz?: number;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: 'light' | 'dark';
}

/** The browser's first process, which leads the group of all its others. */
function mainProcess(folder: string): number {
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/u.test(entry)) continue;
    try {
      const words = readFileSync(`/proc/${entry}/cmdline`, 'utf8');
      if (words.includes(`--user-data-dir=${folder}`) && !words.includes('--type=')) return Number(entry);
    } catch {
      // Ended between the listing and the look.
    }
  }
  throw new Error(`No browser runs with the profile in ${folder}; was it closed?`);
}

/** Linux's USER_HZ. */
const tickMs = 10;

function groupCpuMs(group: number): number {
  let ticks = 0;
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/u.test(entry)) continue;
    try {
      const text = readFileSync(`/proc/${entry}/stat`, 'utf8');
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      if (Number(fields[2]) === group) ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // Ended between the listing and the look.
    }
  }
  return ticks * tickMs;
}

/** A browser of its own, with a profile of its own: one person at one machine. */
export async function openWindow(options: WindowOptions = {}): Promise<Window> {
  const folder = await mkdtemp(join(tmpdir(), 'hotline-browser-'));
  const tone = join(folder, 'microphone.wav');
  if (options.toneHz !== undefined) await writeFile(tone, toneWave(options.toneHz, 10));
  const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: await chromiumPath(),
    headless: true,
    viewport: options.viewport ?? { width: 1366, height: 768 },
    colorScheme: options.colorScheme ?? 'light',
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    permissions: ['microphone'],
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      // Media on loopback: neither side offers 127.0.0.1 by itself.
      '--allow-loopback-in-peer-connection',
      '--autoplay-policy=no-user-gesture-required',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
      ...(options.toneHz === undefined ? [] : [`--use-file-for-fake-audio-capture=${tone}`]),
    ],
  });
  return {
    context,
    freeze: (on) => void process.kill(-mainProcess(folder), on ? 'SIGSTOP' : 'SIGCONT'),
    cpuMs: () => groupCpuMs(mainProcess(folder)),
    close: async () => {
      await context.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
