// Asterisk as a part of the stack: its folders, its rendered files, its version, its first answer.
// It must not run a version with known holes, or as anybody who could write to its own configuration.
import { chmod, chown, cp, lchown, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { asteriskFiles, type AsteriskValues } from './asterisk-files.ts';
import { LabFailure, startAdvice } from './failure.ts';
import { runConfined, users, type Confined } from './namespace.ts';
import { checkedHash, hashCommand } from './password-hash.ts';
import type { Site } from './site.ts';

export type AsteriskOptions = {
  rootFolder: string;
  folder: string;
  site: Site;
  sip: { host: string; port: number };
  ariPort: number;
  rtp: { from: number; to: number };
  passwords: { hotline: string; witness: string };
  candidateAddresses: readonly string[];
  /** A folder of wave files; none: nothing is said to waiting callers. */
  prompts: string | undefined;
};

/** Below it: read-only ARI users may write, texts of error pages run as script, live_dangerously is ignored. */
const oldest = [22, 10, 1] as const;

const places = {
  lib: '/var/lib/asterisk',
  spool: '/var/spool/asterisk',
  log: '/var/log/asterisk',
  cache: '/var/cache/asterisk',
  run: '/run/asterisk',
} as const;

export async function prepareAsterisk(options: AsteriskOptions): Promise<Confined> {
  const { folder, rootFolder } = options;
  await requireVersion(rootFolder);
  const own = [...Object.keys(places), 'lib/keys', 'spool/recording', 'log/cdr-custom'];
  for (const name of own) {
    const path = join(folder, name);
    await mkdir(path, { recursive: true, mode: 0o750 });
    await lchown(path, users.asterisk, users.asterisk);
  }
  await copyPrompts(options.prompts, join(folder, 'lib/sounds/hotline'));
  await writeFile(join(folder, 'hosts'), hosts());
  await writeFiles(join(folder, 'etc'), await asteriskFiles(await valuesOf(options)));
  return {
    ...confinedAsterisk(options),
    command: ['asterisk', '-f', '-C', '/etc/asterisk/asterisk.conf'],
  };
}

/** One command at Asterisk's console, as `asterisk -rx`. For tests and for people who look. */
export async function asteriskConsole(
  options: { rootFolder: string; folder: string },
  command: string,
): Promise<string> {
  const words = ['asterisk', '-C', '/etc/asterisk/asterisk.conf', '-rx', command];
  return (await runConfined({ ...confinedAsterisk(options), command: words })).output;
}

/** Asterisk answers 503 until the last module is up. */
export async function asteriskAnswers(port: number, password: string): Promise<boolean> {
  const authorization = `Basic ${Buffer.from(`hotline:${password}`).toString('base64')}`;
  const answer = await fetch(`http://127.0.0.1:${port}/ari/asterisk/info?only=system`, {
    headers: { authorization, connection: 'close' },
    signal: AbortSignal.timeout(1000),
  });
  await answer.arrayBuffer();
  return answer.ok;
}

function confinedAsterisk(options: { rootFolder: string; folder: string }): Omit<Confined, 'command'> {
  const mounts = Object.entries(places).map(([name, inside]) => [join(options.folder, name), inside]);
  return {
    rootFolder: options.rootFolder,
    user: 'asterisk',
    deathSignal: 'KILL',
    mounts: {
      ...(Object.fromEntries(mounts) as Record<string, string>),
      [join(options.folder, 'etc')]: '/etc/asterisk',
      [join(options.folder, 'hosts')]: '/etc/hosts',
    },
  };
}

async function requireVersion(rootFolder: string): Promise<void> {
  const { output } = await runConfined({
    rootFolder,
    user: 'asterisk',
    deathSignal: 'KILL',
    mounts: {},
    command: ['asterisk', '-V'],
  });
  const found = /Asterisk (\d+)\.(\d+)\.(\d+)/u.exec(output)?.slice(1).map(Number);
  if (found === undefined) {
    throw new LabFailure(`Asterisk could not be run: ${output.trim()}`, startAdvice(output));
  }
  if (compare(found, oldest) >= 0) return;
  throw new LabFailure(
    `${output.trim()} is too old: ${oldest.join('.')} is the first version without known holes in ARI.`,
    `Remove ${rootFolder} and start again, so that a newer one is fetched.`,
  );
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, part] of b.entries()) {
    const difference = (a[index] ?? 0) - part;
    if (difference !== 0) return difference;
  }
  return 0;
}

async function valuesOf(options: AsteriskOptions): Promise<AsteriskValues> {
  return {
    site: options.site,
    sip: options.sip,
    ariPort: options.ariPort,
    rtp: options.rtp,
    ariPassword: options.passwords.hotline,
    witnessHash: await crypt(options.rootFolder, options.passwords.witness),
    modulesFolder: await modulesFolder(options.rootFolder),
    loopbackFor: options.candidateAddresses,
  };
}

async function crypt(rootFolder: string, password: string): Promise<string> {
  const { output } = await runConfined(
    { rootFolder, user: 'tool', deathSignal: 'KILL', mounts: {}, command: hashCommand },
    { input: `${password}\n` },
  );
  return checkedHash(output);
}

async function modulesFolder(rootFolder: string): Promise<string> {
  for (const name of await readdir(join(rootFolder, 'usr/lib'))) {
    const folder = `/usr/lib/${name}/asterisk/modules`;
    const found: string[] = await readdir(join(rootFolder, folder)).catch(() => []);
    if (found.includes('res_ari.so')) return folder;
  }
  throw new LabFailure(
    `Asterisk's modules are not in ${rootFolder}.`,
    'Remove that folder; it is made anew at the next start.',
  );
}

/** Where site.json's `prompts.folder` has them by default, as Asterisk sees it. */
async function copyPrompts(from: string | undefined, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await mkdir(to, { recursive: true, mode: 0o755 });
  if (from !== undefined) await cp(from, to, { recursive: true });
}

/** A host name that does not resolve costs every outgoing call a question to the root name servers. */
function hosts(): string {
  return `127.0.0.1 localhost ${hostname()}\n::1 localhost\n`;
}

async function writeFiles(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [name, text] of files) {
    const path = join(folder, name);
    await writeFile(path, text, { mode: 0o640 });
    await chown(path, 0, users.asterisk);
  }
  await chmod(folder, 0o750);
  await chown(folder, 0, users.asterisk);
}
