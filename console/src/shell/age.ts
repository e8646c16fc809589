// How old is what the screens show? The server says something at least every 5 s; two of those missed, and it is stale (RC3).
// It must not judge by the connection alone: a line can be dead and not know it.
import { computed } from 'vue';
import type { ComputedRef } from 'vue';
import { useFloor } from '../state/floor.ts';
import { useClock } from './clock.ts';

const staleSeconds = 12;
/** While it is being mended, what is shown is old sooner. */
const brokenSeconds = 4;

export function useAge(): { readonly age: ComputedRef<number>; readonly stale: ComputedRef<boolean> } {
  const floor = useFloor();
  const { wall } = useClock();
  const age = computed(() => Math.max(0, Math.round((wall.value - floor.heardAt) / 1000)));
  const most = computed(() => (floor.link === 'live' ? staleSeconds : brokenSeconds));
  return { age, stale: computed(() => floor.link === 'away' || age.value > most.value) };
}
