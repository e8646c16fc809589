// A list read page by page with the server's cursor. It must not skip or repeat: the cursor is passed on as it came.
import { ref, shallowRef } from 'vue';
import { useCommands } from '../state/commands.ts';

export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

export function usePages<T>(read: (cursor: string | undefined) => Promise<Page<T>>) {
  const commands = useCommands();
  const items = shallowRef<readonly T[]>([]);
  const next = ref<string | undefined>();
  const loaded = ref(false);
  async function load(more: boolean): Promise<void> {
    const page = await commands.press('page', () => read(more ? next.value : undefined));
    if (!page) return;
    items.value = more ? [...items.value, ...page.items] : page.items;
    next.value = page.next;
    loaded.value = true;
  }
  return { items, next, loaded, load };
}
