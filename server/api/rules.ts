// Who may use which route: one table. A route that is not in it makes the server refuse to start (design §8, G23).
// It must not look at objects: whether a call or a seat may be seen is scope.ts's.
import type { Role } from '../protocol/words.ts';

export type Who = 'anyone' | 'signed-in' | 'here-or-system' | readonly Role[];

const desk = ['seat', 'supervisor'] as const;
const floor = ['seat', 'supervisor', 'system'] as const;

export const rules: Readonly<Record<string, Who>> = {
  'POST /v1/session': 'anyone',
  'GET /v1/session': 'signed-in',
  'DELETE /v1/session': 'signed-in',

  'GET /v1/seats': floor,
  'GET /v1/seats/:id': floor,
  'POST /v1/seats/:id/sign-in': desk,
  'POST /v1/seats/:id/sign-out': desk,
  'POST /v1/seats/:id/status': ['seat'],
  'POST /v1/seats/:id/wrap-up/finish': ['seat'],
  'POST /v1/seats/:id/wrap-up/extend': ['seat'],
  'POST /v1/seats/:id/help': ['seat'],
  'POST /v1/seats/:id/force': ['supervisor'],

  'GET /v1/calls': floor,
  'POST /v1/calls/search': ['supervisor'],
  'GET /v1/calls/:id': floor,
  'GET /v1/calls/:id/timeline': floor,
  'POST /v1/calls/:id/reveal': desk,
  'PUT /v1/calls/:id/tag': desk,
  'POST /v1/calls/:id/hold': desk,
  'POST /v1/calls/:id/resume': desk,
  'POST /v1/calls/:id/mute': desk,
  'POST /v1/calls/:id/unmute': desk,
  'POST /v1/calls/:id/transfer': desk,
  'POST /v1/calls/:id/transfer/cancel': desk,
  'POST /v1/calls/:id/transfer/merge': desk,
  'POST /v1/calls/:id/three-way': desk,
  'POST /v1/calls/:id/consult': desk,
  'POST /v1/calls/:id/outcome': desk,
  'POST /v1/calls/:id/leave': desk,
  'POST /v1/calls/:id/hang-up': desk,
  'POST /v1/calls/:id/guide': desk,
  'GET /v1/calls/:id/recording': ['supervisor'],
  'POST /v1/calls/:id/recording/pause': desk,
  'POST /v1/calls/:id/recording/resume': desk,
  'POST /v1/calls/:id/supervise': ['supervisor'],
  'DELETE /v1/calls/:id/supervise': ['supervisor'],

  'GET /v1/queues': floor,
  'GET /v1/queues/:id': floor,
  'POST /v1/queues/:id/calls/:callId/priority': ['supervisor'],
  'GET /v1/lines': floor,
  'GET /v1/notices': ['supervisor', 'system'],
  'POST /v1/notices/:id/acknowledge': ['supervisor'],
  'GET /v1/overflow': ['supervisor', 'system'],
  'POST /v1/overflow': ['supervisor'],
  'DELETE /v1/overflow/:id': ['supervisor'],
  'POST /v1/overflow/:id/escalate': ['supervisor'],
  'POST /v1/overflow/:id/grant': ['supervisor', 'system'],
  'POST /v1/overflow/:id/consent': ['supervisor', 'system'],
  'PUT /v1/overflow/groups/:id': ['supervisor', 'system'],
  'DELETE /v1/overflow/groups/:id': ['supervisor', 'system'],
  'PUT /v1/overflow/queues/:id': ['supervisor'],
  'GET /v1/reports/staffing': ['supervisor'],
  'GET /v1/call-backs': ['supervisor'],

  'POST /v1/tickets': floor,
  'GET /v1/tickets': floor,
  'POST /v1/tickets/search': ['supervisor'],
  'GET /v1/tickets/changes': ['supervisor', 'system'],
  'GET /v1/tickets/export': ['supervisor', 'system'],
  'GET /v1/tickets/untagged': floor,
  'GET /v1/tickets/:id': floor,
  'PATCH /v1/tickets/:id': floor,
  'GET /v1/tickets/:id/timeline': floor,
  'POST /v1/tickets/:id/reveal': desk,
  'POST /v1/tickets/:id/accept': floor,
  'POST /v1/tickets/:id/assign': floor,
  'POST /v1/tickets/:id/sign': floor,
  'POST /v1/tickets/:id/on-site': floor,
  'POST /v1/tickets/:id/feedback': floor,
  'POST /v1/tickets/:id/close': floor,
  'POST /v1/tickets/:id/return': floor,
  'POST /v1/tickets/:id/handover': floor,
  'POST /v1/tickets/:id/escalate': floor,
  'POST /v1/tickets/:id/joint': floor,
  'POST /v1/tickets/:id/acknowledge': floor,
  'POST /v1/tickets/:id/dispute': floor,
  'POST /v1/tickets/:id/dispute/decide': ['supervisor'],

  // Not a session but a signature opens it: the exchange verifies every message.
  'POST /v1/exchange/inbox/:partner': 'anyone',
  'GET /v1/exchange': ['supervisor', 'administrator', 'system'],
  'GET /v1/exchange/:partner/parked': ['supervisor', 'administrator', 'system'],
  'POST /v1/exchange/:partner/replay': ['supervisor', 'administrator'],
  'GET /v1/exchange/:partner/deliveries': ['supervisor', 'administrator', 'system'],
  'POST /v1/exchange/:partner/reconcile': ['supervisor', 'system'],

  'GET /v1/catalogue': 'signed-in',
  'GET /v1/catalogue/groups': 'signed-in',
  'POST /v1/catalogue/suggest': floor,
  'GET /v1/regions': 'signed-in',
  'GET /v1/units': 'signed-in',
  'GET /v1/classes': 'signed-in',
  'GET /v1/schemas/:name': 'anyone',

  'GET /v1/audit': ['auditor'],
  'GET /v1/audit/verify': ['auditor'],
  'GET /v1/accounts': ['administrator'],
  'DELETE /v1/accounts/:user/sessions': ['administrator'],

  'POST /v1/stream/ticket': floor,
  'GET /v1/stream': floor,
  'GET /sip': desk,

  'GET /healthz': 'anyone',
  'GET /readyz': 'anyone',
  'GET /metrics': 'here-or-system',
  'GET /openapi.json': 'anyone',
  'GET /asyncapi.json': 'anyone',
  'GET /docs': 'anyone',
  'GET /docs/*': 'anyone',
  'HEAD /docs/*': 'anyone',
  'GET /': 'anyone',
  'GET /*': 'anyone',
  'HEAD /*': 'anyone',
};

/** The rule of a route as Fastify spells it, or undefined where there is none. `/v1` is never caught by a wildcard. */
export function whoMay(method: string, url: string): Who | undefined {
  const exact = rules[`${method} ${url}`];
  if (exact !== undefined || url.startsWith('/v1')) return exact;
  if (url.startsWith('/docs/')) return rules[`${method} /docs/*`];
  return undefined;
}
