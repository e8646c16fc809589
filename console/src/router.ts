// Screens and who may open them, each loaded when first opened. It must not fetch: a screen does.
import { createRouter, createWebHashHistory } from 'vue-router';
import type { Role } from '../../server/protocol/words.ts';
import { useSession } from './state/session.ts';

const home: Record<Role, string> = {
  seat: '/desk',
  supervisor: '/wall',
  auditor: '/audit',
  administrator: '/accounts',
  system: '/sign-in',
};

export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/', redirect: () => home[useSession().session?.role ?? 'system'] },
    { path: '/sign-in', component: () => import('./shell/sign-in.vue'), meta: { open: true } },
    { path: '/desk', component: () => import('./desk/desk-screen.vue'), meta: { roles: ['seat'] } },
    { path: '/wall', component: () => import('./wall/wall-screen.vue'), meta: { roles: ['supervisor'] } },
    {
      path: '/board',
      component: () => import('./wall/board-screen.vue'),
      meta: { roles: ['supervisor'], bare: true },
    },
    {
      path: '/calls',
      component: () => import('./records/calls-screen.vue'),
      meta: { roles: ['supervisor'] },
    },
    {
      path: '/tickets',
      component: () => import('./tickets/tickets-screen.vue'),
      meta: { roles: ['supervisor'] },
    },
    {
      path: '/reports',
      component: () => import('./records/reports-screen.vue'),
      meta: { roles: ['supervisor'] },
    },
    {
      path: '/exchange',
      component: () => import('./records/exchange-screen.vue'),
      meta: { roles: ['supervisor', 'administrator'] },
    },
    { path: '/audit', component: () => import('./records/audit-screen.vue'), meta: { roles: ['auditor'] } },
    {
      path: '/accounts',
      component: () => import('./records/accounts-screen.vue'),
      meta: { roles: ['administrator'] },
    },
    { path: '/:rest(.*)', redirect: '/' },
  ],
});

router.beforeEach(async (to) => {
  const session = useSession();
  const known = await session.resume().catch(() => false);
  if (to.meta['open'] === true) return known && session.session ? '/' : true;
  if (!known || !session.session) return '/sign-in';
  const roles = to.meta['roles'] as readonly Role[] | undefined;
  return roles?.includes(session.session.role) === false ? '/' : true;
});
