// One turn at the machine: where several measure on it, a lock file keeps them apart. It must be held only while
// something is measured or loaded, so that nobody waits for a bench that is idle.
import { spawn } from 'node:child_process';

/** Without a file the work simply runs. Waits for the lock as long as it takes. */
export async function turn<T>(file: string | undefined, work: () => Promise<T>): Promise<T> {
  if (file === undefined) return work();
  const holder = spawn('flock', [file, 'sh', '-c', 'echo held; cat > /dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const over = new Promise<void>((resolve) => holder.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    holder.once('error', reject);
    holder.once('exit', (code) => reject(new Error(`flock ended with ${code} before the lock was held.`)));
    holder.stdout.once('data', () => resolve());
  });
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await over;
  }
}
