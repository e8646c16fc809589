// The auditor's two reads and the administrator's two acts on accounts. It must not show a number or a password's hash.
import { z } from 'zod';
import { Role } from '../../protocol/words.ts';
import { OtpEnrolment } from '../../protocol/session.ts';
import { identityOf } from '../auth/identity.ts';
import { masked } from '../privacy/masking.ts';
import { Refusal } from '../problem.ts';
import type { Api, Surface } from '../surface.ts';
import { Page, UserParams, listOf, refusals } from './shapes.ts';

const AuditRowView = z
  .object({
    number: z.int(),
    at: z.iso.datetime(),
    actor: z.string(),
    action: z.string(),
    subject: z.string(),
    details: z.record(z.string(), z.unknown()),
    previousHash: z.string(),
    hash: z.string(),
  })
  .meta({ id: 'AuditRow' });
const AuditQuery = Page.extend({
  actor: z.string().max(64).optional().meta({ description: 'Who did it.' }),
  subject: z
    .string()
    .max(200)
    .optional()
    .meta({ description: 'A call, a ticket, an account: what was done to it.' }),
  action: z.string().max(64).optional(),
});
const Verdict = z
  .union([
    z.object({ ok: z.literal(true), rows: z.int(), head: z.string() }),
    z.object({
      ok: z.literal(false),
      number: z.int().meta({ description: 'First row that is wrong or missing.' }),
      reason: z.string(),
    }),
  ])
  .meta({ id: 'AuditVerdict' });
const AccountView = z
  .object({
    user: z.string(),
    role: Role,
    platform: z.string().optional(),
    seat: z.string().optional(),
    failures: z.int(),
    otp: z
      .enum(['none', 'begun', 'on'])
      .meta({ description: 'Second factor. begun: shown to the user, no code of it seen yet.' }),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Account' });

export function auditRoutes(api: Api, { deps }: Surface): void {
  api.get(
    '/v1/audit',
    {
      schema: {
        tags: ['audit'],
        summary: 'Who did what, newest first',
        querystring: AuditQuery,
        response: { 200: listOf(AuditRowView), ...refusals },
      },
    },
    async (request) => {
      const { cursor, limit, actor, subject, action } = request.query;
      const { items, next } = await deps.audit.list(cursor ?? null, limit, {
        ...(actor === undefined ? {} : { actor }),
        ...(subject === undefined ? {} : { subject }),
        ...(action === undefined ? {} : { action }),
      });
      const rows = items.map((row) => ({
        ...row,
        subject: masked({ text: row.subject }).text,
        details: masked(row.details),
        at: new Date(row.at).toISOString(),
      }));
      return { items: rows, ...(next === null ? {} : { next }) };
    },
  );
  api.get(
    '/v1/audit/verify',
    {
      schema: {
        tags: ['audit'],
        summary: 'Is the chain whole, up to its witness outside the database?',
        response: { 200: Verdict, ...refusals },
      },
    },
    () => deps.audit.verify(),
  );
}

export function accountRoutes(api: Api, { deps, sessions, trail, secondFactor }: Surface): void {
  api.get(
    '/v1/accounts',
    {
      schema: {
        tags: ['accounts'],
        summary: 'All accounts',
        response: { 200: listOf(AccountView), ...refusals },
      },
    },
    async () => {
      const [accounts, factors] = await Promise.all([deps.accounts.list(), secondFactor.all()]);
      return {
        items: accounts.map(({ user, role, platform, seat, failures, createdAt }) => ({
          user,
          role,
          ...(platform === null ? {} : { platform }),
          ...(seat === null ? {} : { seat }),
          failures,
          otp: factors.get(user) ?? ('none' as const),
          createdAt: new Date(createdAt).toISOString(),
        })),
      };
    },
  );
  api.post(
    '/v1/accounts/:user/otp',
    {
      schema: {
        tags: ['accounts'],
        summary: 'Enrol a second factor for somebody else, to be handed over in person',
        params: UserParams,
        response: { 201: OtpEnrolment, ...refusals },
      },
    },
    async (request, reply) => {
      const { actor } = identityOf(request);
      const account = await deps.accounts.find(request.params.user);
      if (!account) throw new Refusal('not-found');
      return reply.code(201).send(await secondFactor.begin(account.user, actor.user));
    },
  );
  api.delete(
    '/v1/accounts/:user/otp',
    {
      schema: {
        tags: ['accounts'],
        summary: 'Remove a second factor (authenticator lost); every session of the user ends',
        params: UserParams,
        response: { 200: z.object({ closed: z.int() }), ...refusals },
      },
    },
    async (request) => {
      const { actor } = identityOf(request);
      const { user } = request.params;
      if (!(await secondFactor.remove(user, actor.user))) throw new Refusal('not-found');
      return { closed: await sessions.closeAllOf(user) };
    },
  );
  api.delete(
    '/v1/accounts/:user/sessions',
    {
      schema: {
        tags: ['accounts'],
        summary: 'End every session of a user; its sockets close at once (8.3.2)',
        params: UserParams,
        response: { 200: z.object({ closed: z.int() }), ...refusals },
      },
    },
    async (request) => {
      const { actor } = identityOf(request);
      const closed = await sessions.closeAllOf(request.params.user);
      trail.note({
        actor: actor.user,
        action: 'session.revoked',
        subject: request.params.user,
        details: { closed },
      });
      return { closed };
    },
  );
}
