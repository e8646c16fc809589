// Is the script for a silent caller open? It opens by itself when nothing was heard of the caller, or where it was begun before
// this page was; a person's own wish comes first. It listens to this browser's line alone: a desk phone's seat opens it by its button.
import { computed, onScopeDispose, ref, watch } from 'vue';
import type { Ref } from 'vue';
import type { CallView } from '../../../server/protocol/views.ts';
import { useDeskRules } from '../state/desk-rules.ts';
import { usePhone } from '../state/phone.ts';

/** Above a quiet line's noise, below a whisper (-43 dB). */
const heardAbove = 0.15;
const lookMs = 200;

/** `talking`: this seat is on the call. */
export function useSilentScript(call: Ref<CallView | null>, talking: Ref<boolean>) {
  const desk = useDeskRules();
  const phone = usePhone();
  void desk.load();
  /** The call on which nobody was heard. */
  const silent = ref<string | null>(null);
  const wished = ref<{ readonly call: string; readonly open: boolean } | null>(null);
  let looking: ReturnType<typeof setInterval> | undefined;
  const stop = () => clearInterval(looking);

  watch(
    () =>
      phone.line?.state === 'up' && talking.value && call.value?.phase === 'talking' ? call.value.id : null,
    (id) => {
      stop();
      if (id === null) return;
      const since = Date.now();
      looking = setInterval(() => {
        if (phone.levels().ear > heardAbove) return stop();
        if (Date.now() - since < desk.rules.silentCall.afterSeconds * 1000) return;
        silent.value = id;
        stop();
      }, lookMs);
    },
    { immediate: true },
  );
  onScopeDispose(stop);

  const noticed = computed(() => call.value !== null && silent.value === call.value.id);
  const open = computed(() => {
    const { id, silence } = call.value ?? {};
    if (!talking.value || id === undefined || desk.rules.silentCall.steps.length === 0) return false;
    if (wished.value?.call === id) return wished.value.open;
    return noticed.value || (silence !== undefined && silence.decision === undefined);
  });
  const wish = (on: boolean): void => {
    if (call.value) wished.value = { call: call.value.id, open: on };
  };
  return { noticed, open, wish };
}
