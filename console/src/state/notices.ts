// What must be told in words and is not part of a form: refusals above all. It must not word them: i18n does.
import { defineStore } from 'pinia';
import { ref } from 'vue';

export interface Notice {
  readonly id: number;
  readonly kind: 'refused' | 'done' | 'warning';
  /** Key of a text, with its values. */
  readonly text: string;
  readonly values: Record<string, string | number>;
}

const shownMs = 9_000;

export const useNotices = defineStore('notices', () => {
  const notices = ref<Notice[]>([]);
  let last = 0;
  function dismiss(id: number): void {
    notices.value = notices.value.filter((notice) => notice.id !== id);
  }
  function tell(kind: Notice['kind'], text: string, values: Notice['values'] = {}): void {
    const same = notices.value.find((notice) => notice.text === text);
    if (same) dismiss(same.id);
    const id = (last += 1);
    notices.value = [...notices.value.slice(-3), { id, kind, text, values }];
    setTimeout(() => dismiss(id), shownMs);
  }
  return { notices, tell, dismiss };
});
