// Starts the console. It must not do anything else.
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './app.vue';
import { i18n } from './i18n/i18n.ts';
import { router } from './router.ts';
import './theme/element.css';
import './theme/palette.css';
import './theme/base.css';

createApp(App).use(createPinia()).use(i18n).use(router).mount('#app');
