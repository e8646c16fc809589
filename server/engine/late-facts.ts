// Reads back state that is kept as facts alone, at start and again once the database can be asked, where it could not be then.
// It must not make a start wait: calls come first (design §5).
import type { Fact } from '../protocol/facts.ts';
import type { Ledger, Log } from './ports.ts';

export interface LateFacts {
  readonly ledger: Ledger;
  readonly log: Log;
}
const againMs = 1000;

/** `take` is called with what could be read, and a second time with the whole when that was only a part. Gives the way to stop. */
export async function readFamily(
  { ledger, log }: LateFacts,
  family: string,
  take: (facts: readonly Fact[]) => void,
): Promise<() => void> {
  let timer: NodeJS.Timeout | null = null;
  const read = async (): Promise<boolean> => {
    const { facts, whole } = await ledger.newestAbout(family);
    if (whole || timer === null) take(facts);
    return whole;
  };
  const later = () => {
    timer = setTimeout(() => {
      void read()
        .catch(() => false)
        .then((whole) => {
          if (timer === null) return;
          if (whole) log.info({ family }, 'What was decided before this start has been read after all.');
          else later();
        });
    }, againMs);
    timer.unref();
  };
  if (!(await read())) {
    log.warn({ family }, 'What was decided before this start is read when the database is back.');
    later();
  }
  return () => {
    if (timer) clearTimeout(timer);
    timer = null;
  };
}
