// Builds the web client when there is no build of it or its sources are newer. It must not stop the start when it
// fails: a server without a console still takes calls.
import { spawn } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const client = join(root, 'console');

export async function buildConsole(report: (line: string) => void): Promise<void> {
  const vite = join(root, 'node_modules/.bin/vite');
  if ((await changed(join(client, 'vite.config.ts'))) === 0 || (await changed(vite)) === 0) return;
  const built = await changed(join(client, 'dist/index.html'));
  if (built > (await newestSource())) return;
  report('Building the console.');
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', process.execPath, vite, 'build', client, '--logLevel', 'warn'],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0)
    report(`The console could not be built; the server starts without it:\n${output.slice(-2000)}`);
}

/** The client is made of its own folder and of the wire protocol it shares with the server. */
async function newestSource(): Promise<number> {
  const folders = ['console/src', 'console/public', 'server/protocol'].map((name) => join(root, name));
  const files = [join(client, 'index.html'), join(client, 'vite.config.ts'), join(root, 'package-lock.json')];
  for (const folder of folders) {
    const names = await readdir(folder, { recursive: true }).catch(() => []);
    files.push(...names.map((name) => join(folder, name)));
  }
  return Math.max(...(await Promise.all(files.map(changed))));
}

/** When it was last changed; 0 when it is not there. */
async function changed(path: string): Promise<number> {
  return stat(path).then(
    (found) => found.mtimeMs,
    () => 0,
  );
}
