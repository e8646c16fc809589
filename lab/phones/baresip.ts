// One baresip process: its folder, configuration and life. It must not know calls; softphone.ts does.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { confinedCommand, confinedEnvironment } from '../namespace.ts';
import type { PhonePorts } from './ports.ts';
import { scheduling } from './scheduling.ts';
import { toneWave } from './wave.ts';

export type BaresipOptions = {
  /** Folder of the lab's root file system, which has baresip in it. */
  readonly root: string;
  /** Address of this phone: 127.0.0.2 is the public network, 127.0.0.1 a seat. */
  readonly host: string;
  /** Asterisk's SIP address, host:port. */
  readonly server: string;
  readonly user: string;
  /** Digest secret; without one the phone registers nowhere (a phone of the public network). */
  readonly password: string | undefined;
  readonly autoAnswer: boolean;
  readonly toneHz: number;
  /** The microphone's WAV ends the call when it is over, and costs 16 kB a second of memory. */
  readonly longestCallSeconds: number;
};

const inside = '/run/hotline';

export class Baresip {
  readonly folder: string;
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;

  private constructor(folder: string, child: ChildProcess) {
    this.folder = folder;
    this.child = child;
    this.ended = new Promise((resolve) => child.once('exit', () => resolve()));
  }

  static async start(options: BaresipOptions, ports: PhonePorts): Promise<Baresip> {
    const folder = await mkdtemp(join(tmpdir(), 'hotline-phone-'));
    // The phone runs as an unprivileged user that has no other place to write to.
    await chmod(folder, 0o777);
    await writeFile(join(folder, 'tone.wav'), toneWave(options.toneHz, options.longestCallSeconds));
    await writeFile(join(folder, 'config'), configuration(options, ports));
    await writeFile(join(folder, 'accounts'), account(options));
    const log = await open(join(folder, 'log'), 'w');
    const confined = confinedCommand({
      rootFolder: options.root,
      user: 'tool',
      deathSignal: 'KILL',
      mounts: { [folder]: inside },
      command: ['baresip', '-s', '-f', inside],
    });
    const [command = '', ...words] = [...scheduling(), ...confined];
    const child = spawn(command, words, {
      stdio: ['ignore', log.fd, log.fd],
      env: confinedEnvironment,
    });
    await log.close();
    return new Baresip(folder, child);
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  get heardPath(): string {
    return join(this.folder, 'heard.wav');
  }

  async log(): Promise<string> {
    return readFile(join(this.folder, 'log'), 'utf8');
  }

  /** The registration is often over before the control port can be listened at, so the log is asked, not the events. */
  async registered(server: string, withinMs: number): Promise<void> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const log = await this.log();
      if (/^\S*\b\S+@\S+: .*\b200 OK\b/mu.test(log)) return;
      const refusals = [...log.matchAll(/^SIP\/2\.0 (?<answer>[3-6]\d\d .*)$/gmu)].map(
        (match) => match.groups?.['answer']?.trim() ?? '',
      );
      const challenges = refusals.filter((answer) => answer.startsWith('401')).length;
      if (challenges > 1 || refusals.length > challenges) {
        throw new Error(
          `${server} refused its registration (${refusals.at(-1) ?? ''}): check user and password`,
        );
      }
      if (Date.now() > deadline)
        throw new Error(`no answer to REGISTER from ${server}: is Asterisk running there?`);
      await sleep(40);
    }
  }

  /** Waits for its end and removes its folder; `kill` for a phone that is to vanish without a word (TR10). */
  async end(kill: boolean): Promise<void> {
    if (kill) this.child.kill('SIGKILL');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 3_000);
    if (this.running) await this.ended;
    clearTimeout(timer);
    await rm(this.folder, { recursive: true, force: true });
  }
}

function configuration(options: BaresipOptions, ports: PhonePorts): string {
  const silentFiles = ['ring', 'ringback', 'busy', 'error', 'notfound', 'waiting'].map(
    (name) => `${name}_aufile none`,
  );
  const rates = ['audio', 'ausrc', 'auplay'].flatMap((name) => [`${name}_srate 8000`, `${name}_channels 1`]);
  return [
    `sip_listen ${options.host}:${ports.sip}`,
    // An address: a name of an interface would give its first address, 127.0.0.1.
    `net_interface ${options.host}`,
    `audio_source aufile,${inside}/tone.wav`,
    `audio_player aufile,${inside}/heard.wav`,
    ...rates,
    // Its own ring-back would be recorded as if the network had sent it.
    'audio_path /nonexistent',
    ...silentFiles,
    `rtp_ports ${ports.rtp.from}-${ports.rtp.to}`,
    `ctrl_tcp_listen 127.0.0.1:${ports.control}`,
    'call_max_calls 4',
    'module_path /usr/lib/baresip/modules',
    ...['g711', 'aufile', 'account', 'ctrl_tcp', 'menu'].map((name) => `module ${name}.so`),
    '',
  ].join('\n');
}

function account(options: BaresipOptions): string {
  const mode = options.autoAnswer ? 'auto' : 'manual';
  const address = options.password === undefined ? options.host : options.server;
  const registration =
    options.password === undefined
      ? 'regint=0'
      : `auth_user=${options.user};auth_pass=${options.password};regint=60`;
  return `<sip:${options.user}@${address};transport=udp>;${registration};answermode=${mode}\n`;
}
