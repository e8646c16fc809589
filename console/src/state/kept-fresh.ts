// A small list beside the floor, read anew each so often and whenever a fact of its family comes: overflow, notices, call-backs.
// It must not lose what was read because one look failed.
import { computed, onMounted, onUnmounted, shallowRef, watch } from 'vue';
import type { ShallowRef } from 'vue';
import { useFloor } from './floor.ts';

export interface KeptFresh<T> {
  readonly value: Readonly<ShallowRef<T | null>>;
  look(): Promise<void>;
}

/** `family`: beginnings of the facts after which one looks again. */
export function useKeptFresh<T>(
  read: () => Promise<T>,
  family: readonly string[],
  everyMs = 30_000,
): KeptFresh<T> {
  const floor = useFloor();
  const value = shallowRef<T | null>(null);
  async function look(): Promise<void> {
    value.value = await read().catch(() => value.value);
  }
  const told = computed(
    () =>
      floor.floor.facts.findLast(({ type }) => family.some((begin) => type.startsWith(begin)))?.sequence ??
      -1,
  );
  const again = setInterval(() => void look(), everyMs);
  onMounted(look);
  onUnmounted(() => clearInterval(again));
  watch(told, () => void look());
  return { value, look };
}
