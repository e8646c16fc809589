// SIPp at work: callers at a rate, seats and foreign numbers that behave well or oddly, and what became of their calls.
// It must not judge figures; tests and the demo do. No sound is sent: who hears whom needs a Softphone.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, open, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { confinedCommand, confinedEnvironment } from '../namespace.ts';
import { udpPort } from './ports.ts';

export type CallerScenario = 'caller' | 'caller-stays' | 'caller-cancels' | 'register';
export type SeatScenario =
  'seat' | 'seat-drops' | 'seat-busy' | 'seat-no-answer' | 'seat-progress-only' | 'seat-unavailable';

export type SippOptions = {
  /** Folder of the lab's root file system. */
  readonly root: string;
  readonly scenario: CallerScenario | SeatScenario;
  /** Its own address: 127.0.0.2 for the public network, 127.0.0.1 for seats, 127.0.0.3 for a foreign exchange. */
  readonly host: string;
  /** A free one by default. */
  readonly port?: number;
  /** Asterisk's SIP address, host:port. */
  readonly server: string;
  /** Number the callers dial. */
  readonly service?: string;
  /** Start of the callers' own number (the call's number in this run follows), or the seat's account. */
  readonly number?: string;
  /** Calls started a second; callers only. */
  readonly rate?: number;
  /** Ends by itself after so many calls; callers default to 1, seats to for ever. */
  readonly calls?: number;
  /** The scenario's one pause: talk time of callers, answer delay of seats. */
  readonly pauseMs?: number;
  /** Sends back what it hears, so that its calls carry sound. */
  readonly echo?: boolean;
  /** Digest secret of `register`. */
  readonly password?: string;
};

export type SippResult = {
  readonly total: number;
  readonly successful: number;
  readonly failed: number;
  readonly running: number;
  /** Why calls failed, in SIPp's words, only what happened. */
  readonly reasons: Readonly<Record<string, number>>;
  /** SIPp's own description of the first failures. */
  readonly errors: string;
};

const inside = '/run/hotline';

export class Sipp {
  readonly host: string;
  readonly port: number;
  private readonly folder: string;
  private readonly child: ChildProcess;
  private readonly name: string;
  private readonly ended: Promise<void>;
  private readonly release: () => Promise<void>;

  private constructor(
    options: SippOptions,
    port: number,
    folder: string,
    child: ChildProcess,
    release: () => Promise<void>,
  ) {
    this.host = options.host;
    this.port = port;
    this.folder = folder;
    this.child = child;
    this.name = options.scenario;
    this.release = release;
    this.ended = new Promise((resolve) => child.once('exit', () => resolve()));
  }

  /** Starts it; a seat is ready to be called when this answers. */
  static async start(options: SippOptions): Promise<Sipp> {
    const taken =
      options.port === undefined
        ? await udpPort(options.host)
        : { port: options.port, release: () => Promise.resolve() };
    const folder = await mkdtemp(join(tmpdir(), 'hotline-sipp-'));
    await chmod(folder, 0o777);
    const scenario = await readFile(new URL(`./scenarios/${options.scenario}.xml`, import.meta.url), 'utf8');
    await writeFile(
      join(folder, 'scenario.xml'),
      scenario.replaceAll('{pause}', String(Math.max(1, options.pauseMs ?? 0))),
    );
    const log = await open(join(folder, 'screen'), 'w');
    const [command, ...words] = confinedCommand({
      rootFolder: options.root,
      user: 'tool',
      deathSignal: 'KILL',
      mounts: { [folder]: inside },
      command: ['sipp', ...wordsOf(options, taken.port)],
    });
    const child = spawn(command, words, { stdio: ['ignore', log.fd, log.fd], env: confinedEnvironment });
    await log.close();
    const sipp = new Sipp(options, taken.port, folder, child, taken.release);
    try {
      await sipp.listening();
      return sipp;
    } catch (error) {
      await sipp.stop();
      throw error;
    }
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** What became of its calls so far; at most a second old while it runs. */
  async result(): Promise<SippResult> {
    const names = await readdir(this.folder);
    const read = async (name: string): Promise<string> =>
      names.includes(name) ? readFile(join(this.folder, name), 'utf8') : '';
    return parse(await read('stat.csv'), (await read('errors')).slice(0, 4_000));
  }

  /** Waits until all calls asked for are over. Rejects when they are not within the time. */
  async done(withinMs: number): Promise<SippResult> {
    const timer = new Promise<'late'>((resolve) => setTimeout(resolve, withinMs, 'late').unref());
    if ((await Promise.race([this.ended, timer])) === 'late') {
      const seen = await this.result();
      throw new Error(
        `SIPp ${this.name} was not through after ${withinMs} ms: ${seen.successful} of ${seen.total} calls good, ${seen.running} still up. ${seen.errors}`,
      );
    }
    return this.result();
  }

  /** Ends it and removes its files. Calls that are up are left to the other side. */
  async stop(): Promise<SippResult> {
    if (this.running) {
      // Twice USR1 is SIPp's "stop now", with its statistics written.
      this.child.kill('SIGUSR1');
      await Promise.race([this.ended, sleep(300)]);
      this.child.kill('SIGUSR1');
      const timer = setTimeout(() => this.child.kill('SIGKILL'), 2_000);
      await this.ended;
      clearTimeout(timer);
    }
    const result = await this.result();
    await rm(this.folder, { recursive: true, force: true });
    await this.release();
    return result;
  }

  private async listening(): Promise<void> {
    const address = hexAddress(this.host, this.port);
    const deadline = Date.now() + 5_000;
    while (this.running && Date.now() < deadline) {
      if ((await readFile('/proc/net/udp', 'utf8')).includes(address)) return;
      await sleep(20);
    }
    // A caller's few calls may be over before it could be looked at.
    if (this.child.exitCode === 0 || this.child.exitCode === 1) return;
    const screen = (await readFile(join(this.folder, 'screen'), 'utf8')).slice(-1_500);
    this.child.kill('SIGKILL');
    throw new Error(`SIPp ${this.name} did not open ${this.host}:${this.port}. It said:\n${screen}`);
  }
}

/** Registers a number at a fixed place once, so that a seat scenario on that port is reached by it. */
export async function register(
  options: Omit<SippOptions, 'scenario' | 'port'> & { readonly port: number; readonly number: string },
): Promise<void> {
  const sipp = await Sipp.start({ ...options, scenario: 'register', calls: 1 });
  try {
    const result = await sipp.done(5_000);
    if (result.successful !== 1)
      throw new Error(`${options.number} was not registered at ${options.server}: ${result.errors}`);
  } finally {
    await sipp.stop();
  }
}

function wordsOf(options: SippOptions, port: number): string[] {
  const calls = !options.scenario.startsWith('seat')
    ? ['-m', String(options.calls ?? 1), '-r', String(options.rate ?? 1), '-l', '2000']
    : options.calls === undefined
      ? []
      : ['-m', String(options.calls)];
  return [
    options.server,
    '-sf',
    `${inside}/scenario.xml`,
    '-i',
    options.host,
    '-mi',
    options.host,
    '-p',
    String(port),
    '-s',
    options.service ?? '12345',
    '-key',
    'number',
    options.number ?? '1380000',
    '-d',
    String(options.pauseMs ?? 0),
    // OPTIONS (Asterisk's qualify) and INFO are answered by SIPp itself.
    '-aa',
    ...(options.echo === true ? ['-rtp_echo'] : []),
    '-nostdin',
    '-recv_timeout',
    '60000',
    '-trace_stat',
    '-stf',
    `${inside}/stat.csv`,
    '-fd',
    '1',
    '-trace_err',
    '-error_file',
    `${inside}/errors`,
    ...(options.password === undefined ? [] : ['-au', options.number ?? '', '-ap', options.password]),
    ...calls,
  ];
}

/** As /proc/net/udp writes it. */
function hexAddress(host: string, port: number): string {
  const bytes = host
    .split('.')
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .toReversed();
  return `${bytes.join('')}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
}

function parse(csv: string, errors: string): SippResult {
  const lines = csv.trim().split('\n');
  const names = (lines[0] ?? '').split(';');
  const values = (lines.at(-1) ?? '').split(';');
  const read = (name: string): number => Number(values[names.indexOf(name)] ?? 0) || 0;
  const reasons: Record<string, number> = {};
  for (const name of names) {
    const match = /^Failed(?<reason>\w+)\(C\)$/u.exec(name);
    const reason = match?.groups?.['reason'];
    if (reason !== undefined && reason !== 'Call' && read(name) > 0) reasons[reason] = read(name);
  }
  return {
    total: read('TotalCallCreated'),
    successful: read('SuccessfulCall(C)'),
    failed: read('FailedCall(C)'),
    running: read('CurrentCall'),
    reasons,
    errors: errors.trim(),
  };
}
