// What a person chose for this browser: language, appearance, devices, keys. Kept locally; it must not hold anything of a call.
import { defineStore } from 'pinia';
import { reactive, watch } from 'vue';
import type { Locale } from '../i18n/messages.ts';
import { i18n } from '../i18n/i18n.ts';
import type { KeyMap } from './key-map.ts';

export interface Preferences {
  locale: Locale;
  theme: 'light' | 'dark' | 'auto';
  microphone: string;
  speaker: string;
  ringer: string;
  ringVolume: number;
  autoAnswer: boolean;
  /** Echo cancelling, noise suppression, gain: off only for measuring. */
  voiceProcessing: boolean;
  keys: Partial<KeyMap>;
}

const storedAt = 'hotline.preferences';
const usual: Preferences = {
  locale: 'zh-CN',
  theme: 'auto',
  microphone: '',
  speaker: '',
  ringer: '',
  ringVolume: 0.6,
  autoAnswer: false,
  voiceProcessing: true,
  keys: {},
};

function stored(): Partial<Preferences> {
  try {
    return JSON.parse(localStorage.getItem(storedAt) ?? '{}') as Partial<Preferences>;
  } catch {
    return {};
  }
}

export const usePreferences = defineStore('preferences', () => {
  const chosen = reactive<Preferences>({ ...usual, ...stored() });
  const night = globalThis.matchMedia('(prefers-color-scheme: dark)');
  const paint = () => {
    const dark = chosen.theme === 'dark' || (chosen.theme === 'auto' && night.matches);
    document.documentElement.classList.toggle('dark', dark);
    document.documentElement.lang = chosen.locale;
    i18n.global.locale.value = chosen.locale;
    document.title = i18n.global.t('product');
  };
  night.addEventListener('change', paint);
  watch(
    chosen,
    () => {
      localStorage.setItem(storedAt, JSON.stringify(chosen));
      paint();
    },
    { immediate: true },
  );
  // Chosen in another page of this browser: the board and the desk look alike.
  globalThis.addEventListener('storage', ({ key, newValue }) => {
    if (key !== storedAt || newValue === null) return;
    Object.assign(chosen, JSON.parse(newValue) as Partial<Preferences>);
  });
  return { chosen };
});
