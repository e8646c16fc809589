// What is known of a caller's number, asked once per call, while it rings and while it is talked (TR3).
// It must not hold the answer for the next caller.
import { shallowRef, watch } from 'vue';
import type { Ref } from 'vue';
import { useSession } from '../state/session.ts';

export interface CallerHistory {
  readonly calls: number;
  readonly lastDay: number;
  readonly nuisance?: 'marked' | 'confirmed';
  readonly recent: readonly {
    readonly id: string;
    readonly arrivedAt: string;
    readonly answered: boolean;
    readonly seat?: string;
    readonly class?: 'general' | 'urgent' | 'major';
    readonly item?: string;
    readonly summary?: string;
    readonly disposition?: string;
    readonly endReason?: string;
  }[];
  readonly tickets: readonly {
    readonly id: string;
    readonly serial: string;
    readonly state: string;
    readonly class: 'general' | 'urgent' | 'major';
    readonly item: string;
    readonly openedAt: string;
  }[];
}

/** null: not read yet; `away`: cannot be read now, which is no reason to wait with the answer. */
export type HistorySeen = CallerHistory | 'away' | null;

export function useCallerHistory(call: Ref<string | null>): Readonly<Ref<HistorySeen>> {
  const session = useSession();
  const history = shallowRef<HistorySeen>(null);
  watch(
    call,
    async (id) => {
      history.value = null;
      if (id === null) return;
      const read = await session.api
        .get<CallerHistory>(`/v1/calls/${encodeURIComponent(id)}/history`)
        .catch(() => 'away' as const);
      if (call.value === id) history.value = read;
    },
    { immediate: true },
  );
  return history;
}
