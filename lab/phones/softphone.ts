// A real telephone in a test's hand: baresip with a tone for a voice and a recorder for an ear.
// It must not know the server under test; it speaks SIP and RTP like any phone of a seat or a citizen.
import { setTimeout as sleep } from 'node:timers/promises';
import { Baresip } from './baresip.ts';
import { Control } from './control.ts';
import type { PhoneEvent } from './control.ts';
import { Ear } from './ear.ts';
import type { Expected } from './ear.ts';
import { phonePorts } from './ports.ts';
import type { PhonePorts } from './ports.ts';
import type { Recording } from './recording.ts';
import type { Sound } from './sound.ts';
import { giveToneBack, takeTone } from './tones.ts';

export type SoftphoneOptions = {
  /** Folder of the lab's root file system. */
  readonly root: string;
  /** Asterisk's SIP address, host:port. */
  readonly server: string;
  /** Account, which is also what a callee sees as the number. */
  readonly user: string;
  /** Given: the phone registers and `start` waits until it is registered. */
  readonly password?: string;
  /** 127.0.0.1 for seats (default); 127.0.0.2 for citizens. */
  readonly host?: string;
  readonly autoAnswer?: boolean;
  /** A fixed port, such as a trunk's; a free one by default. */
  readonly sipPort?: number;
  /** One of tonesHz; a free one by default. */
  readonly toneHz?: number;
  readonly longestCallSeconds?: number;
};

export type PhoneState = 'idle' | 'dialling' | 'ringing' | 'talking';
export type SeenEvent = PhoneEvent & { readonly at: number };

const stateAfter: Readonly<Record<string, PhoneState>> = {
  CALL_INCOMING: 'ringing',
  CALL_OUTGOING: 'dialling',
  CALL_RINGING: 'dialling',
  CALL_ESTABLISHED: 'talking',
  CALL_CLOSED: 'idle',
};

export class Softphone {
  readonly user: string;
  readonly toneHz: number;
  readonly host: string;
  /** Everything that happened to it, with the time (ms since the epoch). */
  readonly events: SeenEvent[] = [];
  private readonly server: string;
  private readonly process: Baresip;
  private readonly ports: PhonePorts;
  private readonly ear: Ear;
  private control: Control | undefined;
  private readonly watchers = new Set<() => void>();

  private constructor(options: SoftphoneOptions, process: Baresip, ports: PhonePorts, toneHz: number) {
    this.user = options.user;
    this.server = options.server;
    this.host = options.host ?? '127.0.0.1';
    this.toneHz = toneHz;
    this.process = process;
    this.ports = ports;
    this.ear = new Ear(options.user, process.heardPath);
  }

  /** Starts the phone; with a password, waits until it is registered. Rejects with the registrar's answer. */
  static async start(options: SoftphoneOptions): Promise<Softphone> {
    const host = options.host ?? '127.0.0.1';
    const toneHz = takeTone(options.toneHz);
    const ports = await phonePorts(host, options.sipPort);
    const process = await Baresip.start(
      {
        ...options,
        host,
        toneHz,
        password: options.password,
        autoAnswer: options.autoAnswer ?? false,
        longestCallSeconds: options.longestCallSeconds ?? 300,
      },
      ports,
    );
    const phone = new Softphone(options, process, ports, toneHz);
    try {
      phone.control = await Control.open('127.0.0.1', ports.control, 10_000, (event) => phone.saw(event));
      phone.ear.start();
      if (options.password !== undefined) await process.registered(options.server, 10_000);
      return phone;
    } catch (error) {
      const log = (await process.log()).split('\n').slice(-15).join('\n');
      await phone.stop({ kill: true });
      throw new Error(`Phone ${options.user} did not start: ${String(error)}. The end of its log:\n${log}`, {
        cause: error,
      });
    }
  }

  /** Where its contact is: what a fixed contact of a seat must name. */
  get contact(): string {
    return `sip:${this.user}@${this.host}:${this.ports.sip}`;
  }

  get state(): PhoneState {
    const last = this.events.findLast((event) => stateAfter[event.type] !== undefined);
    return last === undefined ? 'idle' : (stateAfter[last.type] ?? 'idle');
  }

  /** `12345`, or a whole SIP address. Answers when the INVITE has been sent. */
  async dial(to: string): Promise<void> {
    await this.send('dial', to.includes('@') ? to : `sip:${to}@${this.server}`);
  }

  async accept(): Promise<void> {
    await this.send('accept');
  }

  /** Ends the call, or refuses it (486) while it rings. */
  async hangup(): Promise<void> {
    await this.send('hangup');
  }

  /** Answers when the other side has agreed to the hold. */
  async hold(): Promise<void> {
    await this.renegotiate('hold');
  }

  async resume(): Promise<void> {
    await this.renegotiate('resume');
  }

  /** From its own silence to its tone, or back; packets go on. */
  async mute(): Promise<void> {
    await this.send('mute');
  }

  /** The phone's own transfer key: REFER. */
  async refer(to: string): Promise<void> {
    await this.send('transfer', to.includes('@') ? to : `sip:${to}@${this.server}`);
  }

  /** Digits as RFC 4733 events. */
  async dtmf(digits: string): Promise<void> {
    for (const digit of digits) await this.send('sndcode', digit);
  }

  /** Waits for a state, also when it is there already. Answers the ms it took. */
  async reaches(state: PhoneState, withinMs = 5_000): Promise<number> {
    const asked = Date.now();
    await this.until(
      () => this.state === state,
      withinMs,
      () => `Phone ${this.user} is ${this.state}, not ${state}, after ${withinMs} ms. ${this.story()}`,
    );
    return Date.now() - asked;
  }

  /** What is heard in a window that begins now; see Ear. */
  async heard(windowMs?: number): Promise<Sound> {
    return this.ear.heard(windowMs);
  }

  /** Waits until it hears exactly these phones (or tones), music, ringing or silence; answers after how many ms. */
  async hears(expected: Expected | readonly Softphone[], withinMs?: number): Promise<number> {
    const what =
      typeof expected === 'string'
        ? expected
        : expected.map((one) => (typeof one === 'number' ? one : one.toneHz));
    return this.ear.hears(what, withinMs);
  }

  /** All it has heard, for holes and silences over the whole call. */
  get recording(): Recording {
    return this.ear.recording;
  }

  /** Headers of the last INVITE it received, names in lower case (TR3). */
  async inviteHeaders(withinMs = 5000): Promise<ReadonlyMap<string, string>> {
    const end = Date.now() + withinMs;
    for (;;) {
      const log = await this.process.log();
      const start = log.lastIndexOf('INVITE sip:');
      const headers = new Map<string, string>();
      for (const line of start < 0 ? [] : log.slice(start).split(/\r?\n/u).slice(1, -1)) {
        // The empty line after them: the log is written in pieces, and may end in the middle of one.
        if (line.trim() === '') return headers;
        const colon = line.indexOf(':');
        if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
      }
      if (Date.now() > end) return headers;
      await sleep(50);
    }
  }

  /** Hangs up, unregisters and ends; `kill`: vanishes without a word, as a phone that lost its power. */
  async stop(how: { readonly kill?: boolean } = {}): Promise<void> {
    const kill = how.kill ?? false;
    if (!kill && this.process.running) await this.control?.command('quit').catch(() => undefined);
    await this.ear.stop();
    await this.process.end(kill);
    this.control?.close();
    await this.ports.release();
    giveToneBack(this.toneHz);
  }

  private async renegotiate(command: 'hold' | 'resume'): Promise<void> {
    const answers = (): number =>
      this.events.filter((event) => event.type === 'CALL_REMOTE_SDP' && event.param === 'answer').length;
    const before = answers();
    await this.send(command).catch((error: unknown) => {
      // baresip 1.1 says this of every resume, also when it has sent the re-INVITE: what comes back decides.
      if (command !== 'resume' || !String(error).includes('Invalid argument')) throw error;
    });
    await this.until(
      () => answers() > before,
      3_000,
      () => `Phone ${this.user}: no answer to its ${command}. ${this.story()}`,
    );
  }

  private async send(command: string, params?: string): Promise<void> {
    if (this.control === undefined) throw new Error(`Phone ${this.user} is not running.`);
    await this.control.command(command, params).catch((error: unknown) => {
      throw new Error(`Phone ${this.user} could not ${command}: ${String(error)} ${this.story()}`, {
        cause: error,
      });
    });
  }

  private saw(event: PhoneEvent): void {
    this.events.push({ ...event, at: Date.now() });
    if (event.type === 'CALL_CLOSED') this.ear.recording.callEnded();
    for (const watcher of this.watchers) watcher();
  }

  private async until(test: () => boolean, withinMs: number, words: () => string): Promise<void> {
    if (test()) return;
    await new Promise<void>((resolve, reject) => {
      const done = (act: () => void): void => {
        clearTimeout(timer);
        this.watchers.delete(watcher);
        act();
      };
      const watcher = (): void => {
        if (test()) done(resolve);
      };
      const timer = setTimeout(() => done(() => reject(new Error(words()))), withinMs);
      this.watchers.add(watcher);
    });
  }

  private story(): string {
    const calls = this.events.filter((event) => event.type.startsWith('CALL_')).slice(-8);
    return `Its last events: ${calls.map((event) => `${event.type} ${event.param}`.trim()).join(', ') || 'none'}.`;
  }
}
