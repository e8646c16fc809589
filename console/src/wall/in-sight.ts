// Which items of a long list are in sight, so that 500 seats cost what the 60 one sees cost. Rows are of one height.
// It must not reorder; what is out of sight keeps its room.
import { computed, onMounted, onUnmounted, ref } from 'vue';
import type { ComputedRef, Ref } from 'vue';

export interface InSight {
  readonly from: number;
  readonly to: number;
  /** Room of what is above and below, px. */
  readonly above: number;
  readonly below: number;
}

/** Rows beyond the edges, so that a quick scroll finds something. */
const spare = 3;

export function useInSight(
  box: Ref<HTMLElement | null>,
  count: Ref<number>,
  rowPx: number,
  /** How many stand side by side in a box of this width. */
  columnsIn: (width: number) => number = () => 1,
): ComputedRef<InSight> {
  const top = ref(0);
  const size = ref({ width: 0, height: 0 });
  const scrolled = () => (top.value = box.value?.scrollTop ?? 0);
  const observer = new ResizeObserver(([entry]) => {
    if (entry) size.value = { width: entry.contentRect.width, height: entry.contentRect.height };
  });
  onMounted(() => {
    if (!box.value) return;
    observer.observe(box.value);
    box.value.addEventListener('scroll', scrolled, { passive: true });
  });
  onUnmounted(() => observer.disconnect());
  const columns = computed(() => Math.max(1, columnsIn(size.value.width)));
  const first = computed(() => Math.max(0, Math.floor(top.value / rowPx) - spare));
  return computed(() => {
    const rows = Math.ceil(count.value / columns.value);
    const shown = Math.ceil(size.value.height / rowPx) + 2 * spare;
    const begin = Math.min(first.value, Math.max(0, rows - shown));
    const end = Math.min(rows, begin + shown);
    return {
      from: begin * columns.value,
      to: Math.min(count.value, end * columns.value),
      above: begin * rowPx,
      below: (rows - end) * rowPx,
    };
  });
}
