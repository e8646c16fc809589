// One long-running part of the stack: started, waited for, restarted when it dies, stopped. It knows nothing of what the
// part does. It must not leave a process behind: the kernel ends the part when this process dies (namespace.ts).
import { spawn, type ChildProcess } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabFailure, startAdvice } from './failure.ts';

export type ServicePlan = {
  name: string;
  command: readonly [string, ...string[]];
  environment: Readonly<Record<string, string>>;
  folder?: string;
  /** Gets both output streams, appended. */
  log: string;
  isReady: () => Promise<boolean>;
  readySeconds: number;
  stopSignal: NodeJS.Signals;
  stopSeconds: number;
  /** Started again when it dies unasked. */
  supervise: boolean;
  /** Supervised for silence too: one that lives and does not answer is killed (F6). */
  hangs?: { everyMilliseconds: number; misses: number };
  report: (line: string) => void;
};

const restartMilliseconds = 300;
const slowestRestartMilliseconds = 1500;

export class Service {
  readonly #plan: ServicePlan;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #wanted = false;
  #deathsInARow = 0;
  #watch: NodeJS.Timeout | undefined;
  /** One that never came up is the starter's to judge, not supervision's. */
  #cameUp = false;

  constructor(plan: ServicePlan) {
    this.#plan = plan;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async start(): Promise<void> {
    this.#wanted = true;
    if (this.#child === undefined) await this.#spawn();
    await this.ready();
  }

  /** Resolves when the part answers; throws when it ends or stays silent instead. */
  async ready(): Promise<void> {
    const child = this.#child;
    const deadline = Date.now() + this.#plan.readySeconds * 1000;
    while (!(await this.#plan.isReady().catch(() => false))) {
      if (this.#child !== child || child === undefined) throw await this.#failure('ended while starting');
      if (Date.now() > deadline) {
        throw await this.#failure(`gave no sign of life within ${this.#plan.readySeconds} s`);
      }
      await sleep(25);
    }
    this.#deathsInARow = 0;
    this.#cameUp = true;
    this.#watchForSilence();
  }

  async stop(): Promise<void> {
    this.#wanted = false;
    clearInterval(this.#watch);
    const child = this.#child;
    if (child === undefined) return;
    child.kill(this.#plan.stopSignal);
    // A frozen process sees no other signal.
    child.kill('SIGCONT');
    const patience = setTimeout(() => child.kill('SIGKILL'), this.#plan.stopSeconds * 1000);
    await this.#ended;
    clearTimeout(patience);
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** For faults: the part is hit from outside, and supervision answers as it would in earnest. */
  kill(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async #spawn(): Promise<void> {
    const { command, environment, folder, log } = this.#plan;
    const file = await open(log, 'a');
    const [program, ...words] = command;
    // A session of its own: Ctrl-C at the terminal is for us, who then stop the parts in order.
    const child = spawn(program, words, {
      env: environment,
      stdio: ['ignore', file.fd, file.fd],
      detached: true,
      ...(folder === undefined ? {} : { cwd: folder }),
    });
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#child = undefined;
        clearInterval(this.#watch);
        resolve();
        this.#ifUnasked(signal ?? `code ${code ?? 'none'}`);
      });
      child.once('error', (error) => {
        this.#child = undefined;
        resolve();
        this.#plan.report(`${this.#plan.name} could not be run: ${error.message}`);
      });
    });
    await file.close();
  }

  /** As a service manager's watchdog: a hung process keeps its connections open and nobody else's restart comes. */
  #watchForSilence(): void {
    const { hangs, supervise, isReady, report, name } = this.#plan;
    clearInterval(this.#watch);
    if (!supervise || hangs === undefined) return;
    let missed = 0;
    this.#watch = setInterval(() => {
      void isReady()
        .catch(() => false)
        .then((answers) => {
          missed = answers ? 0 : missed + 1;
          if (missed !== hangs.misses) return;
          report(`${name} does not answer; it is killed and started again.`);
          this.#child?.kill('SIGKILL');
        });
    }, hangs.everyMilliseconds).unref();
  }

  #ifUnasked(how: string): void {
    if (!this.#wanted || !this.#plan.supervise || !this.#cameUp) return;
    const wait = Math.min(restartMilliseconds * 2 ** this.#deathsInARow, slowestRestartMilliseconds);
    this.#deathsInARow += 1;
    this.#plan.report(`${this.#plan.name} died (${how}); starting it again in ${wait} ms.`);
    setTimeout(() => {
      if (!this.#wanted || this.#child !== undefined) return;
      this.start().then(
        () => this.#plan.report(`${this.#plan.name} is back (pid ${this.pid ?? 'none'}).`),
        (error: unknown) => this.#plan.report(error instanceof Error ? error.message : String(error)),
      );
    }, wait);
  }

  async #failure(what: string): Promise<LabFailure> {
    const text = await readFile(this.#plan.log, 'utf8').catch(() => '');
    const tail = text.trimEnd().split('\n').slice(-12).join('\n');
    return new LabFailure(
      `${this.#plan.name} ${what}. The end of ${this.#plan.log}:\n${tail}`,
      startAdvice(tail),
    );
  }
}
