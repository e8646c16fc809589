// Today's calls for the charts: the records once, then what the stream brings. Bounded, and it says when it was.
import { computed, onMounted, shallowRef } from 'vue';
import type { CallView } from '../../../server/protocol/views.ts';
import { useFloor } from '../state/floor.ts';
import { useSession } from '../state/session.ts';
import { startOfDay } from './volume.ts';

const pageSize = 200;
const mostPages = 25;

export function useToday() {
  const session = useSession();
  const floor = useFloor();
  const records = shallowRef<ReadonlyMap<string, CallView>>(new Map());
  const truncated = shallowRef(false);

  onMounted(async () => {
    const from = new Date(startOfDay(session.now())).toISOString();
    const found = new Map<string, CallView>();
    let cursor: string | undefined;
    for (let page = 0; page < mostPages; page += 1) {
      const query = new URLSearchParams({
        from,
        limit: String(pageSize),
        ...(cursor === undefined ? {} : { cursor }),
      });
      const answered = await session.api
        .get<{ items: CallView[]; next?: string }>(`/v1/calls?${query}`)
        .catch(() => null);
      if (!answered) break;
      for (const call of answered.items) found.set(call.id, call);
      records.value = new Map(found);
      cursor = answered.next;
      if (cursor === undefined) return;
    }
    truncated.value = cursor !== undefined;
  });
  const calls = computed(() => new Map([...records.value, ...floor.floor.calls, ...floor.floor.ended]));
  return { calls, truncated };
}
