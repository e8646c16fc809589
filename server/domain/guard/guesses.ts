// Addresses that guess at the secrets of phones: counted, and told of in time (A4). Pure; the time comes in.
// It must not shut anybody out: that is for a firewall, which can keep the packets away altogether.
import type { Time } from '../../protocol/words.ts';
import type { NewFact } from '../decision.ts';

export interface GuardRules {
  readonly guesses: number;
  readonly withinSeconds: number;
  /** Told again of the same address no sooner than this. */
  readonly quietSeconds: number;
}
interface Watched {
  /** Times of its last guesses, oldest first. */
  readonly guesses: readonly Time[];
  /** All since it was told of last. */
  readonly count: number;
  readonly toldAt: Time | null;
  readonly lastAt: Time;
}
export type Watch = ReadonlyMap<string, Watched>;

const dayMs = 86_400_000;
const mostWatched = 5000;

/** `guesses`: the addresses of wrong secrets since the last step, once for each. */
export function watchOver(
  rules: GuardRules,
  before: Watch,
  guesses: readonly string[],
  at: Time,
): { readonly watch: Watch; readonly facts: readonly NewFact[] } {
  const watch = new Map(before);
  const facts: NewFact[] = [];
  for (const [address, { lastAt }] of watch) if (at - lastAt > dayMs) watch.delete(address);
  for (const address of guesses) {
    const known = watch.get(address) ?? { guesses: [], count: 0, toldAt: null, lastAt: at };
    const recent = [...known.guesses.filter((time) => at - time < rules.withinSeconds * 1000), at];
    const last = recent.slice(-rules.guesses);
    const quiet = known.toldAt !== null && at - known.toldAt < rules.quietSeconds * 1000;
    const count = known.count + 1;
    // The most recent at the end, so that the oldest are forgotten first.
    watch.delete(address);
    if (last.length < rules.guesses || quiet) {
      watch.set(address, { ...known, guesses: last, count, lastAt: at });
      continue;
    }
    watch.set(address, { guesses: last, count: 0, toldAt: at, lastAt: at });
    facts.push({
      type: 'alarm.sip-guessing',
      actor: 'system:engine',
      data: { address, guesses: count, withinSeconds: rules.withinSeconds },
    });
  }
  for (const address of watch.keys()) {
    if (watch.size <= mostWatched) break;
    watch.delete(address);
  }
  return { watch, facts };
}
