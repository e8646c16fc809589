// What the tests of the Asterisk adapter share: a stack, a telephony with everything it told in order, and one plain call.
// It must not hold assertions.
import { createServer, connect, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Sipp } from '../../lab/phones/sipp.ts';
import type { SeatScenario } from '../../lab/phones/sipp.ts';
import { Witness } from '../../lab/phones/witness.ts';
import { freePorts } from '../../lab/ports.ts';
import { startStack, type Stack } from '../../lab/stack.ts';
import type { AriAccess } from '../../server/adapters/ari/access.ts';
import { createPhones, type AriPhones } from '../../server/adapters/ari/phones.ts';
import { createTelephony, type TelephonyOptions } from '../../server/adapters/ari/telephony.ts';
import type { CallInput } from '../../server/domain/call/inputs.ts';
import type { Telephony, TelephonyEvent, TelephonyOrder } from '../../server/engine/ports.ts';

type Input<T extends CallInput['type']> = Extract<CallInput, { type: T }>;

/** Patience for things that take milliseconds; long only so that a busy machine fails no test. */
const patienceMs = 15_000;

export async function until<T>(what: string, look: () => T | Promise<T>): Promise<NonNullable<T>> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== null && seen !== false) return seen;
    if (Date.now() > deadline) throw new Error(`Waited ${patienceMs} ms in vain for: ${what}.`);
    await sleep(10);
  }
}

/** Counters as the meter got them, `name{label="value"}` summed over labels not asked for. */
export class Counts {
  private readonly seen: { name: string; labels: Readonly<Record<string, string>>; by: number }[] = [];
  count(name: string, labels: Readonly<Record<string, string>> = {}, by = 1): void {
    this.seen.push({ name, labels, by });
  }
  observe(): void {
    /* durations are not looked at */
  }
  gauge(): void {
    /* nor levels */
  }
  of(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return this.seen
      .filter(
        (one) =>
          one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value),
      )
      .reduce((sum, { by }) => sum + by, 0);
  }
}

export class Desk {
  readonly events: TelephonyEvent[] = [];
  readonly telephony: Telephony;
  readonly meter = new Counts();

  constructor(access: AriAccess, more: Partial<TelephonyOptions> = {}) {
    const nothing = (): void => undefined;
    this.telephony = createTelephony({
      ...access,
      clock: { now: () => Date.now() },
      log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
      meter: this.meter,
      ...more,
    });
  }
  async start(): Promise<this> {
    await this.telephony.start((event) => this.events.push(event));
    return this;
  }
  inputs(): { call: string; input: CallInput }[] {
    return this.events.flatMap((event) => (event.type === 'input' ? [event] : []));
  }
  /** Waits for an input of this type that fits; what was told before counts too. */
  async told<T extends CallInput['type']>(
    type: T,
    fits: (input: Input<T>, call: string) => boolean = () => true,
  ): Promise<Input<T>> {
    return until(
      `${type}, having been told ${JSON.stringify(this.events.slice(-6))}`,
      () =>
        this.inputs()
          .filter((one): one is { call: string; input: Input<T> } => one.input.type === type)
          .find(({ input, call }) => fits(input, call))?.input,
    );
  }
  async event(type: TelephonyEvent['type'], nth = 1): Promise<void> {
    await until(
      `${type} for the ${nth}th time`,
      () => this.events.filter((event) => event.type === type).length >= nth,
    );
  }
  do(call: string, ...orders: TelephonyOrder[]): void {
    for (const order of orders) this.telephony.perform(call, order);
  }
}

export function dialOrder(
  call: string,
  leg: string,
  endpoint: string,
  caller: string | null,
  more: Partial<Extract<TelephonyOrder, { type: 'dial' }>> = {},
): TelephonyOrder {
  return {
    type: 'dial',
    leg,
    endpoint,
    caller,
    callerNumber: '13800000',
    ringSeconds: 10,
    call,
    role: 'owner',
    toSeat: true,
    acceptance: 'answer',
    ...more,
  };
}

export interface Lab {
  readonly stack: Stack;
  readonly access: AriAccess;
  readonly server: string;
  readonly phones: AriPhones;
  readonly witness: Witness;
  /** A SIPp seat with a fixed address, provisioned. */
  seat(id: string, scenario: SeatScenario, pauseMs?: number): Promise<Sipp>;
  caller(pauseMs: number, scenario?: 'caller' | 'caller-stays'): Promise<Sipp>;
  stop(): Promise<void>;
}

export async function startLab(): Promise<Lab> {
  const stateFolder = await mkdtemp(join(tmpdir(), 'hotline-ari-'));
  const ports = await freePorts();
  const stack = await startStack({ ...ports, stateFolder, siteFile: 'site/qinzhou', supervise: false });
  const server = `${stack.sip.host}:${stack.sip.port}`;
  const access: AriAccess = {
    url: stack.ari.url,
    user: stack.ari.user,
    password: stack.ari.password,
    app: 'hotline',
  };
  const nothing = (): void => undefined;
  const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
  const phones = createPhones({
    ...access,
    log,
    meter: new Counts(),
    registrar: server,
    publicBase: 'https://desk.example',
  });
  const witness = await Witness.connect({ url: stack.ari.url, ...stack.ari.witness });
  const started: Sipp[] = [];
  const sipp = async (options: Omit<Parameters<typeof Sipp.start>[0], 'root' | 'server'>): Promise<Sipp> => {
    const one = await Sipp.start({ root: stack.rootFolder, server, ...options });
    started.push(one);
    return one;
  };
  return {
    stack,
    access,
    server,
    phones,
    witness,
    async seat(id, scenario, pauseMs = 0) {
      const one = await sipp({ scenario, host: '127.0.0.1', pauseMs });
      await phones.provision(id, 'desk', `sip:${id}@127.0.0.1:${one.port}`);
      return one;
    },
    caller: (pauseMs, scenario = 'caller') => sipp({ scenario, host: '127.0.0.2', pauseMs }),
    async stop() {
      await Promise.all(started.map((one) => one.stop()));
      await phones.close();
      await stack.stop();
      await rm(stateFolder, { recursive: true, force: true });
    },
  };
}

/** A wire between server and Asterisk that a test may cut, or hold so that nothing passes and nothing breaks. */
export class Wire {
  readonly url: string;
  private readonly server;
  private readonly sockets = new Set<Socket>();
  private refuse = false;

  private constructor(server: ReturnType<typeof createServer>, path: string) {
    this.server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  }
  static async to(url: string): Promise<Wire> {
    const target = new URL(url);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const wire = new Wire(server, target.pathname);
    server.on('connection', (near) => {
      if (wire.refuse) {
        near.destroy();
        return;
      }
      const far = connect(Number(target.port), target.hostname);
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        wire.sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          wire.sockets.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
    return wire;
  }
  cut(): void {
    this.refuse = true;
    for (const socket of this.sockets) socket.destroy();
  }
  mend(): void {
    this.refuse = false;
  }
  /** Half-open: packets of open connections vanish. */
  hold(): void {
    for (const socket of this.sockets) socket.unpipe();
  }
  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
