// How one command is run out of the root file system: as an unprivileged user, seeing only the folders it is given.
// It must not mount anything where the rest of the machine could see it.
import { spawn } from 'node:child_process';
import { serviceUsers } from './root-file-system.ts';

/** `tool` is anybody's nobody: phones and measuring programs. */
export const users = { ...serviceUsers, tool: 65_534 } as const;

export type Confined = {
  rootFolder: string;
  user: keyof typeof users;
  /** What the command gets when the process that started it dies without stopping it. */
  deathSignal: 'KILL' | 'INT' | 'TERM' | 'QUIT';
  /** Host path → path inside. Files and folders; both ends must exist. */
  mounts: Readonly<Record<string, string>>;
  command: readonly string[];
};

const script = new URL('./namespace.sh', import.meta.url).pathname;

/** The words to spawn. Everything execs, so that the spawned process id is the command's own. */
export function confinedCommand(confined: Confined): readonly [string, ...string[]] {
  return [
    'setpriv',
    '--pdeathsig',
    'KILL',
    'unshare',
    '--mount',
    '--propagation',
    'private',
    '/bin/sh',
    script,
    confined.rootFolder,
    String(users[confined.user]),
    confined.deathSignal,
    ...Object.entries(confined.mounts).flat(),
    '--',
    ...confined.command,
  ];
}

/** All that a confined command sees of our environment. */
export const confinedEnvironment: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C.UTF-8',
  TZ: 'UTC',
  // Without it Asterisk's memory grows by an arena per thread.
  MALLOC_ARENA_MAX: '2',
};

export type Finished = { code: number | null; output: string };

/** Runs a command to its end. What it prints, on either stream, comes back as one text. */
export async function runConfined(
  confined: Confined,
  more: { input?: string; environment?: Readonly<Record<string, string>> } = {},
): Promise<Finished> {
  const [file, ...words] = confinedCommand(confined);
  const child = spawn(file, words, {
    env: { ...confinedEnvironment, ...more.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  // A command that ends without reading its input is no failure of ours.
  child.stdin.on('error', () => undefined).end(more.input ?? '');
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, output };
}
