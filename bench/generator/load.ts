// Calls at a rate from callers to seats through whatever lies between, on one clock: caller's INVITE sent → seat's INVITE
// received. It must not know what it measures.
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Callers } from './callers.ts';
import type { Seats } from './seats.ts';

export type LoadOptions = {
  readonly server: { readonly host: string; readonly port: number };
  readonly caller: { readonly host: string; readonly port: number };
  readonly seats: Seats;
  readonly service: string;
  readonly perSecond: number;
  readonly calls: number;
  readonly talkMs: number;
  readonly answerMs: number;
  /** A call whose seat has not rung by then has failed. */
  readonly patienceMs: number;
  /** Watches the calls while they run; called about each second. */
  readonly watch?: (seen: { readonly started: number; readonly up: number; readonly failed: number }) => void;
};

export type LoadResult = {
  readonly calls: number;
  /** The callers' numbers: no other call has them, so that the ledger can be asked for each. */
  readonly numbers: readonly string[];
  /** ms from caller's INVITE to seat's INVITE, one per call that reached a seat, in order of calls. */
  readonly latencies: readonly number[];
  readonly failures: Readonly<Record<string, number>>;
  readonly failed: number;
  /** Seats' INVITEs beyond one a call. */
  readonly extraInvites: number;
  readonly repeated: number;
  readonly mostUp: number;
  /** How late the generator itself was at worst in starting a call, ms: above a few, its figures are its own. */
  readonly latestStart: number;
};

let runs = 0;

export async function load(options: LoadOptions): Promise<LoadResult> {
  const reached = new Map<string, number>();
  let extraInvites = 0;
  const { seats } = options;
  seats.answerMs = options.answerMs;
  seats.watcher = {
    invited: (number, _seat, at) => {
      if (reached.has(number)) extraInvites += 1;
      else reached.set(number, at);
    },
    talking: (number) => callers.end(number, options.talkMs),
  };
  const callers = new Callers({
    host: options.caller.host,
    port: options.caller.port,
    server: options.server,
    service: options.service,
  });
  await callers.open();
  const watch = setInterval(
    () =>
      options.watch?.({
        started: callers.calls.length,
        up: callers.up,
        failed: callers.calls.filter((call) => call.failure !== undefined).length,
      }),
    1_000,
  );
  let latestStart = 0;
  let mostUp = 0;
  runs += 1;
  const base = 13_000_000_000 + runs * 10_000_000;
  try {
    const begin = performance.now();
    for (let n = 0; n < options.calls; n += 1) {
      const due = begin + (n * 1_000) / options.perSecond;
      const wait = due - performance.now();
      if (wait > 0) await sleep(wait);
      latestStart = Math.max(latestStart, performance.now() - due);
      const number = String(base + n);
      callers.call(number);
      mostUp = Math.max(mostUp, callers.up);
      setTimeout(() => {
        if (!reached.has(number)) callers.giveUp(number, `no seat rang within ${options.patienceMs} ms`);
      }, options.patienceMs);
    }
    const deadline = performance.now() + options.patienceMs + options.answerMs + options.talkMs + 5_000;
    while (callers.up > 0 && performance.now() < deadline) await sleep(20);
    await sleep(100);
    const failures: Record<string, number> = {};
    let failed = 0;
    for (const call of callers.calls) {
      const why =
        call.failure ??
        (call.endedAt === undefined ? 'never ended' : reached.has(call.number) ? undefined : 'no seat rang');
      if (why === undefined) continue;
      failed += 1;
      failures[why] = (failures[why] ?? 0) + 1;
    }
    const latencies = callers.calls.flatMap((call) => {
      const at = reached.get(call.number);
      return at === undefined ? [] : [at - call.sentAt];
    });
    return {
      calls: callers.calls.length,
      numbers: callers.calls.map((call) => call.number),
      latencies,
      failures,
      failed,
      extraInvites,
      repeated: callers.repeated,
      mostUp,
      latestStart,
    };
  } finally {
    clearInterval(watch);
    await callers.close();
  }
}
