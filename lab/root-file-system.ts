// Makes, once, the Debian root file system that Asterisk, PostgreSQL, Valkey and the test phones run from.
// It must not leave a half-made folder under the final name, a mount, or a running process behind.
import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { access, mkdir, readdir, readFile, rename, rm, statfs } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findMirror, inheritedAptSettings, proxyOf } from './debian-mirror.ts';
import { LabFailure } from './failure.ts';
import { lock } from './lock.ts';

const suite = 'forky';
const packages = [
  'asterisk',
  'asterisk-moh-opsound-wav',
  'postgresql',
  'valkey-server',
  'sip-tester',
  'baresip-core',
  'espeak-ng',
  'sox',
  'libsox-fmt-base',
  'ca-certificates',
  'procps',
  'iproute2',
  'util-linux',
] as const;
const recipe = new URL('./root-file-system.sh', import.meta.url).pathname;
const neededBytes = 3 * 1024 ** 3;

/** Numbers of the service users, outside what Debian or a person's accounts use. */
export const serviceUsers = { asterisk: 59_811, postgres: 59_812, valkey: 59_813 } as const;

export type RootFileSystemOptions = {
  cacheFolder?: string;
  /** Called with each line of progress; nothing is printed otherwise. */
  report?: (line: string) => void;
};

export function defaultCacheFolder(): string {
  return process.env['HOTLINE_CACHE'] ?? join(homedir(), '.cache', 'hotline-link');
}

/** Returns the folder of a finished root file system, making it first when this machine has none yet. */
export async function rootFileSystem(options: RootFileSystemOptions = {}): Promise<string> {
  const cache = options.cacheFolder ?? defaultCacheFolder();
  const report = options.report ?? (() => undefined);
  const folder = join(cache, `rootfs-${await recipeHash()}`);
  if (await exists(folder)) return folder;

  requireRoot();
  await mkdir(cache, { recursive: true });
  const held = await lock('root-file-system', folder, () => {
    report('Another start is making the root file system; waiting for it.');
  });
  try {
    if (!(await exists(folder))) await make(cache, folder, report);
    return folder;
  } finally {
    await held.release();
  }
}

async function recipeHash(): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([suite, packages, serviceUsers]));
  return hash
    .update(await readFile(recipe))
    .digest('hex')
    .slice(0, 12);
}

export function requireRoot(): void {
  if (process.getuid?.() === 0) return;
  throw new LabFailure(
    'Making the root file system of the lab needs root (debootstrap, mount namespaces).',
    'Run the same command as root or with sudo, or use "docker compose up".',
  );
}

async function make(cache: string, folder: string, report: (line: string) => void): Promise<void> {
  const disk = await statfs(cache);
  const free = disk.bavail * disk.bsize;
  if (free < neededBytes) {
    throw new LabFailure(
      `Only ${(free / 1024 ** 3).toFixed(1)} GB are free under ${cache}; 3 GB are needed.`,
      'Free some space there, or set HOTLINE_CACHE to a folder on a larger disk.',
    );
  }
  for (const name of await readdir(cache)) {
    // Left by a build that was killed; we hold the lock, so nobody is using it.
    if (name.startsWith('rootfs-') && name.includes('.part'))
      await rm(join(cache, name), { recursive: true, force: true });
  }
  const aptSettings = await inheritedAptSettings();
  const log = `${folder}.log`;
  report(`Making a Debian ${suite} root file system in ${folder} (once; about two minutes). Log: ${log}`);
  await installDebootstrap(log, report);
  const partial = `${folder}.part`;
  const proxy = proxyOf(aptSettings);
  const script = (await exists(`/usr/share/debootstrap/scripts/${suite}`)) ? suite : 'sid';
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  try {
    await logged(
      log,
      report,
      'unshare',
      [
        '--mount',
        '--propagation',
        'private',
        '--pid',
        '--fork',
        '--kill-child',
        '--mount-proc',
        '/bin/sh',
        recipe,
      ],
      {
        TARGET: partial,
        MIRROR: await findMirror(),
        SUITE: suite,
        PACKAGES: packages.join(' '),
        SCRIPT: `/usr/share/debootstrap/scripts/${script}`,
        KEYRING: (await exists(keyring)) ? keyring : '',
        APT_SETTINGS: aptSettings,
        ASTERISK_UID: String(serviceUsers.asterisk),
        POSTGRES_UID: String(serviceUsers.postgres),
        VALKEY_UID: String(serviceUsers.valkey),
        ...(proxy === undefined ? {} : { http_proxy: proxy }),
      },
    );
    await rename(partial, folder);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
  report(`The root file system is ready: ${folder}`);
}

async function installDebootstrap(log: string, report: (line: string) => void): Promise<void> {
  if (await exists('/usr/sbin/debootstrap')) return;
  report('Installing debootstrap.');
  const environment = { DEBIAN_FRONTEND: 'noninteractive' };
  const apt = ['-q', '-y', '-o', 'DPkg::Lock::Timeout=120'];
  await logged(log, report, 'apt-get', [...apt, 'update'], environment);
  await logged(
    log,
    report,
    'apt-get',
    [...apt, 'install', 'debootstrap', 'debian-archive-keyring'],
    environment,
  );
}

/** Runs a command with its whole output in the log and a line of progress now and then. */
async function logged(
  log: string,
  report: (line: string) => void,
  command: string,
  words: readonly string[],
  extra: Record<string, string>,
): Promise<void> {
  const file = createWriteStream(log, { flags: 'a' });
  const started = Date.now();
  let reported = started;
  const tail: string[] = [];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...extra },
  });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      file.write(`${line}\n`);
      tail.push(line);
      if (tail.length > 15) tail.shift();
      if (Date.now() - reported < 5_000) return;
      reported = Date.now();
      report(`  ${Math.round((reported - started) / 1000)} s: ${line.slice(0, 100)}`);
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  await new Promise<void>((resolve) => file.end(resolve));
  if (code !== 0) throw failureOf(command, code, tail, log);
}

function failureOf(command: string, code: number | null, tail: readonly string[], log: string): LabFailure {
  const text = tail.join('\n');
  const what = `${command} ended with code ${code ?? 'none'}. The end of its log (${log}):\n${text}`;
  if (
    /resolv|unable to connect|Could not connect|Failed getting release file|Network is unreachable/iu.test(
      text,
    )
  ) {
    return new LabFailure(
      what,
      'The Debian mirror of this machine was not reached: check the network and "apt-get update".',
    );
  }
  if (/No space left/iu.test(text))
    return new LabFailure(what, 'Free some disk space, or set HOTLINE_CACHE to a larger disk.');
  if (/noexec|nodev/iu.test(text))
    return new LabFailure(what, 'Set HOTLINE_CACHE to a folder on a disk mounted with exec and dev.');
  if (/unshare failed|Operation not permitted/iu.test(text)) {
    return new LabFailure(
      what,
      'This machine forbids mount namespaces (a container?): use "docker compose up".',
    );
  }
  return new LabFailure(
    what,
    'Read the log; nothing was left half-made, so the same command may simply be run again.',
  );
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

if (import.meta.main) await rootFileSystem({ report: (line) => process.stderr.write(`${line}\n`) });
