// One beat a second for everything that counts, by the server's clock. It must not run while no screen looks.
import { onScopeDispose, ref } from 'vue';
import type { Ref } from 'vue';
import { useSession } from '../state/session.ts';

const now = ref(Date.now());
const wall = ref(Date.now());
let watchers = 0;
let beat: ReturnType<typeof setInterval> | undefined;

/** `now`: ms of the server's clock; `wall`: of ours. Both change each second. */
export function useClock(): { readonly now: Ref<number>; readonly wall: Ref<number> } {
  const session = useSession();
  const tick = () => {
    now.value = session.now();
    wall.value = Date.now();
  };
  watchers += 1;
  beat ??= setInterval(tick, 1_000);
  tick();
  onScopeDispose(() => {
    watchers -= 1;
    if (watchers > 0) return;
    clearInterval(beat);
    beat = undefined;
  });
  return { now, wall };
}
