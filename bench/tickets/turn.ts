// Turns at the machine: where several measure on it, a lock file keeps them apart. It must be held only while something is
// measured or loaded, and never for long, so that nobody waits for a bench that is idle.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

/** A piece begun before this may still end after it. */
const longestMs = 150_000;

export class Turns {
  readonly #file: string | undefined;
  #holder: ChildProcess | null = null;
  #since = 0;

  /** Without a file the work simply runs. */
  constructor(file: string | undefined) {
    this.#file = file;
  }

  /** Waits for the lock as long as it takes; keeps it for the next piece where time is left. */
  async piece<T>(work: () => Promise<T>): Promise<T> {
    if (this.#holder === null && this.#file !== undefined) {
      this.#holder = await holding(this.#file);
      this.#since = performance.now();
    }
    try {
      return await work();
    } finally {
      if (performance.now() - this.#since > longestMs) await this.rest();
    }
  }

  /** Others may go. */
  async rest(): Promise<void> {
    const holder = this.#holder;
    this.#holder = null;
    if (!holder) return;
    const over = new Promise((resolve) => holder.once('exit', resolve));
    holder.stdin?.end();
    await over;
  }
}

async function holding(file: string): Promise<ChildProcess> {
  const holder = spawn('flock', [file, 'sh', '-c', 'echo held; cat > /dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    holder.once('error', reject);
    holder.once('exit', (code) => reject(new Error(`flock ended with ${code} before the lock was held.`)));
    holder.stdout.once('data', () => resolve());
  });
  return holder;
}
