// A list read page by page with the server's cursor: the one way every list screen reads (calls, tickets, accounts, audit,
// exchange, nuisance, call-backs, knowledge). It must not skip or repeat: the cursor is passed on as it came.
import { onMounted, reactive, ref, shallowRef } from 'vue';
import { useCommands } from '../state/commands.ts';

export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

export interface Pages<T> {
  items: readonly T[];
  readonly next: string | undefined;
  /** Something was read: an empty list means that there is nothing. */
  readonly loaded: boolean;
  readonly loading: boolean;
  load(more?: boolean): Promise<void>;
}

let lists = 0;
const mostEmpty = 30;

/** Reads the first page when the screen is there, unless `later`: the screen says what of, first. */
export function usePages<T>(read: (cursor: string | undefined) => Promise<Page<T>>, later = false): Pages<T> {
  const commands = useCommands();
  const name = `page/${(lists += 1)}`;
  const items = shallowRef<readonly T[]>([]);
  const next = ref<string | undefined>();
  const loaded = ref(false);
  const loading = ref(false);
  async function load(more = false): Promise<void> {
    loading.value = true;
    const page = await commands.press(name, async () => {
      let one = await read(more ? next.value : undefined);
      // TK10: a page of a search may be empty on the way to what there is.
      for (let n = 0; n < mostEmpty && one.items.length === 0 && one.next !== undefined; n += 1)
        one = await read(one.next);
      return one;
    });
    loading.value = false;
    if (!page) return;
    items.value = more ? [...items.value, ...page.items] : page.items;
    next.value = page.next;
    loaded.value = true;
  }
  if (!later) onMounted(() => load());
  return reactive({ items, next, loaded, loading, load });
}

/** `/v1/things?limit=50&state=new&cursor=…`: what is empty is left out. */
export function pageQuery(
  path: string,
  wish: Readonly<Record<string, string | undefined>>,
  cursor: string | undefined,
): string {
  const given = Object.entries({ ...wish, cursor }).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '',
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}
