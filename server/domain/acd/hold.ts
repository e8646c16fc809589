// A request kept for one seat, that had its caller before (OF9). It must not know how it came to be.
import type { SeatId, Time } from '../../protocol/words.ts';

/** Others may take it from `until` on; the seat goes before them whenever it is free. */
export interface Hold {
  readonly seat: SeatId;
  readonly until: Time;
}

/** The one seat that may take it now; null: any. */
export const heldFrom = (
  { hold, failed }: { readonly hold: Hold | null; readonly failed: ReadonlySet<SeatId> },
  at: Time,
): SeatId | null => (hold && at < hold.until && !failed.has(hold.seat) ? hold.seat : null);
