// The city's catalogue and divisions, for names beside codes and for search. Loaded once; a city without them is fine.
// It must not judge what a matter is: it shows what the catalogue says.
import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { CatalogueEntry, Region } from '../../../server/protocol/reference.ts';
import type { ItemDecision } from '../../../server/protocol/ticket.ts';
import { useSession } from './session.ts';

const few = 8;

export const useReference = defineStore('reference', () => {
  const session = useSession();
  const entries = shallowRef<readonly CatalogueEntry[]>([]);
  const regions = shallowRef<readonly Region[]>([]);
  const byId = computed(() => new Map(entries.value.map((entry) => [entry.id, entry])));
  let asked = false;

  async function load(): Promise<void> {
    if (asked) return;
    asked = true;
    const list = <T>(path: string) =>
      session.api.get<{ items: T[] }>(path).then(
        ({ items }) => items,
        () => [],
      );
    [entries.value, regions.value] = await Promise.all([
      list<CatalogueEntry>('/v1/catalogue?limit=500'),
      list<Region>('/v1/regions'),
    ]);
  }
  /** By words, pinyin or initials; the server's own search. */
  const find = (text: string): Promise<readonly CatalogueEntry[]> =>
    session.api
      .get<{ items: CatalogueEntry[] }>(
        `/v1/catalogue?${new URLSearchParams({ q: text, limit: String(few) })}`,
      )
      .then(
        ({ items }) => items,
        () => [],
      );
  const suggest = (summary: string): Promise<readonly CatalogueEntry[]> =>
    session.api
      .command<{ items: CatalogueEntry[] }>('POST', '/v1/catalogue/suggest', { summary, limit: 4 })
      .then(
        ({ items }) => items,
        () => [],
      );
  /** What was decided in disputes about it, newest first (R11). */
  const decisions = (item: string): Promise<readonly ItemDecision[]> =>
    session.api.get<{ items: ItemDecision[] }>(`/v1/catalogue/${encodeURIComponent(item)}/decisions`).then(
      ({ items }) => items,
      () => [],
    );

  return {
    entries,
    regions,
    load,
    find,
    suggest,
    decisions,
    entry: (id: string) => byId.value.get(id),
    /** The name of an item; what was typed where it is none of the catalogue's. */
    itemName: (item: string) => byId.value.get(item)?.name ?? item,
  };
});
