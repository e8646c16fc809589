// vue-i18n with our messages. It must not decide the language: state/preferences.ts does.
import { createI18n } from 'vue-i18n';
import { messages } from './messages.ts';

export const i18n = createI18n({
  legacy: false,
  locale: 'zh-CN',
  fallbackLocale: 'zh-CN',
  messages: messages as unknown as Record<string, Record<string, never>>,
  missingWarn: false,
  fallbackWarn: false,
});
