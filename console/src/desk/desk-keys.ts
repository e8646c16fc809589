// Key presses → actions of the desk, off while a word is being composed. It must not know what an action does.
import { onScopeDispose } from 'vue';
import { actionOf, keysWith, pressOf } from '../state/key-map.ts';
import type { KeyAction } from '../state/key-map.ts';
import { usePreferences } from '../state/preferences.ts';

export type KeyActions = Partial<Record<KeyAction, () => void>> & { readonly showKeys: () => void };

const writing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

export function useDeskKeys(actions: KeyActions): void {
  const { chosen } = usePreferences();
  function pressed(event: KeyboardEvent): void {
    if (event.isComposing || event.defaultPrevented || event.repeat) return;
    if (event.key === '?' && !writing(event.target)) {
      event.preventDefault();
      return actions.showKeys();
    }
    const press = pressOf(event);
    const action = press === null ? null : actionOf(keysWith(chosen.keys), press);
    if (action === null) return;
    event.preventDefault();
    actions[action]?.();
  }
  document.addEventListener('keydown', pressed);
  onScopeDispose(() => document.removeEventListener('keydown', pressed));
}
