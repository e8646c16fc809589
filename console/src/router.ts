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

const desk = () => import('./desk/desk-screen.vue');
const wall = () => import('./wall/wall-screen.vue');
/** The screen this tab showed last is fetched while the server is asked whether the session is still good. */
const lastRoleAt = 'hotline.role';
const ahead: Partial<Record<string, () => Promise<unknown>>> = { seat: desk, supervisor: wall };
if (sessionStorage.getItem('hotline.token') !== null)
  void ahead[sessionStorage.getItem(lastRoleAt) ?? '']?.().catch(() => undefined);

export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/', redirect: () => home[useSession().session?.role ?? 'system'] },
    { path: '/sign-in', component: () => import('./shell/sign-in.vue'), meta: { open: true } },
    { path: '/desk', component: desk, meta: { roles: ['seat'] } },
    { path: '/wall', component: wall, meta: { roles: ['supervisor'] } },
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
      path: '/call-backs',
      component: () => import('./call-backs/call-backs-screen.vue'),
      meta: { roles: ['supervisor'] },
    },
    {
      path: '/nuisance',
      component: () => import('./nuisance/nuisance-screen.vue'),
      meta: { roles: ['supervisor'] },
    },
    {
      path: '/knowledge',
      component: () => import('./knowledge/knowledge-screen.vue'),
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
  sessionStorage.setItem(lastRoleAt, session.session.role);
  const roles = to.meta['roles'] as readonly Role[] | undefined;
  return roles?.includes(session.session.role) === false ? '/' : true;
});
