// Ports for phones that no other phone of this machine will be given while this process lives.
// It must not touch the ranges of the stack itself (lab/ports.ts) nor the kernel's own (32768 up).
import { isFree } from '../ports.ts';
import { tryLock } from '../lock.ts';
import type { Lock } from '../lock.ts';

export type PhonePorts = {
  readonly sip: number;
  readonly control: number;
  readonly rtp: { readonly from: number; readonly to: number };
  readonly release: () => Promise<void>;
};

/** `sipPort`: an address others know it by already, such as a trunk's. */
export async function phonePorts(host: string, sipPort?: number): Promise<PhonePorts> {
  const locks: Lock[] = [];
  const sip = sipPort ?? (await take('udp', host, 7_000, 7_999, 1, locks));
  const control = await take('tcp', '127.0.0.1', 8_200, 8_999, 1, locks);
  const rtp = await take('rtp', host, 10_000, 14_990, 10, locks);
  return {
    sip,
    control,
    rtp: { from: rtp, to: rtp + 9 },
    release: async () => {
      await Promise.all(locks.map((lock) => lock.release()));
    },
  };
}

/** One UDP port, for a scenario or a generator. */
export async function udpPort(
  host: string,
): Promise<{ readonly port: number; readonly release: () => Promise<void> }> {
  const locks: Lock[] = [];
  const port = await take('udp', host, 7_000, 7_999, 1, locks);
  return {
    port,
    release: async () => {
      await Promise.all(locks.map((lock) => lock.release()));
    },
  };
}

async function take(
  kind: 'udp' | 'tcp' | 'rtp',
  host: string,
  from: number,
  to: number,
  step: number,
  locks: Lock[],
): Promise<number> {
  const places = Math.floor((to - from) / step) + 1;
  const start = Math.floor(Math.random() * places);
  for (let tries = 0; tries < places; tries += 1) {
    const port = from + ((start + tries) % places) * step;
    if (kind !== 'rtp' && !(await isFree(kind, host, port))) continue;
    const lock = await tryLock('port', String(port));
    if (lock === undefined) continue;
    locks.push(lock);
    return port;
  }
  throw new Error(
    `No free port for a phone between ${from} and ${to} on ${host}: stop other phones on this machine.`,
  );
}
