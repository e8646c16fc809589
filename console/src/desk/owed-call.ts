// After a reload in wrap-up the ended call is not in the snapshot: it is asked for, so that the tag form has its call.
// It must not ask for calls the seat does not have.
import { watch } from 'vue';
import type { CallView } from '../../../server/protocol/views.ts';
import { useFloor } from '../state/floor.ts';
import { useSession } from '../state/session.ts';

export function useOwedCall(): void {
  const floor = useFloor();
  const session = useSession();
  watch(
    () => [floor.ownSeat?.call, floor.ownCall] as const,
    async ([id, known]) => {
      if (id === undefined || known) return;
      const call = await session.api.get<CallView>(`/v1/calls/${encodeURIComponent(id)}`).catch(() => null);
      if (call) floor.take({ call });
    },
    { immediate: true },
  );
}
