// One seat, one page: a browser lock held while the page lives. It must not know phones; it only says who has the seat.
import { onScopeDispose, ref } from 'vue';
import type { Ref } from 'vue';

export type Tenure = 'asking' | 'mine' | 'elsewhere';

/** A reload leaves the lock for a moment before its own page asks again. */
const patienceMs = 1_500;

export function useOneTab(seat: string): { readonly tenure: Ref<Tenure>; takeOver(): void } {
  const tenure = ref<Tenure>('asking');
  let release: (() => void) | null = null;
  let gone = false;
  const name = `hotline.seat.${seat}`;

  const hold = () =>
    new Promise<void>((resolve) => {
      tenure.value = 'mine';
      release = resolve;
    });
  function ask(options: LockOptions): void {
    if (!('locks' in navigator)) {
      tenure.value = 'mine';
      return;
    }
    navigator.locks.request(name, options, hold).catch(() => {
      // Stolen by the page that took over, or not to be had in time.
      release = null;
      if (!gone) tenure.value = 'elsewhere';
    });
  }
  ask({ signal: AbortSignal.timeout(patienceMs) });
  onScopeDispose(() => {
    gone = true;
    release?.();
  });
  return { tenure, takeOver: () => ask({ steal: true }) };
}
