// The bell and the desktop notice follow the server's facts alone: ringing begins and ends with the state of this seat's
// leg, so no phantom ring can outlive an offer (notes §4.5). It must not answer.
import { onScopeDispose, watch } from 'vue';
import type { Ref } from 'vue';
import type { Ringer } from '../phone/ringer.ts';

export interface Bell {
  readonly ringing: Ref<boolean>;
  readonly ringer: Pick<Ringer, 'start' | 'stop'>;
  /** Title of the notice and what it says. */
  words(): { readonly title: string; readonly body: string };
}

export function useRinging({ ringing, ringer, words }: Bell): void {
  let notice: Notification | null = null;
  let blinking: ReturnType<typeof setInterval> | undefined;
  const title = document.title;

  function stop(): void {
    ringer.stop();
    notice?.close();
    notice = null;
    clearInterval(blinking);
    document.title = title;
  }
  watch(
    ringing,
    (on) => {
      stop();
      if (!on) return;
      ringer.start();
      const { title: calling, body } = words();
      let shown = false;
      blinking = setInterval(() => {
        shown = !shown;
        document.title = shown ? `● ${calling}` : title;
      }, 800);
      if (document.hidden && 'Notification' in globalThis && Notification.permission === 'granted')
        notice = new Notification(calling, { body, tag: 'hotline-call', requireInteraction: true });
    },
    { immediate: true },
  );
  onScopeDispose(stop);
}
