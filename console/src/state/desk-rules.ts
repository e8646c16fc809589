// What the site sets for its desks: the script for silent callers, how far back one can listen again. Read once.
// It must not invent rules where they cannot be read: nothing is offered then.
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { DeskRules } from '../../../server/protocol/desk.ts';
import { useSession } from './session.ts';

const none: DeskRules = {
  silentCall: { afterSeconds: 6, keys: false, steps: [], decisions: [] },
  replaySeconds: 0,
  offerSeconds: 0,
};

export const useDeskRules = defineStore('desk-rules', () => {
  const session = useSession();
  const rules = shallowRef<DeskRules>(none);
  let asked: Promise<void> | null = null;
  const load = (): Promise<void> =>
    (asked ??= session.api.get<DeskRules>('/v1/desk').then(
      (read) => void (rules.value = read),
      () => void (asked = null),
    ));
  return { rules, load };
});
