// POST, GET, DELETE /v1/session. It must not know hashing or lockout: auth/sign-in.ts does.
import { OtpEnrolment, SessionBody, SessionOpened, SessionView } from '../../protocol/session.ts';
import type { Session } from '../../engine/security-ports.ts';
import { identityOf } from '../auth/identity.ts';
import type { Identity } from '../auth/identity.ts';
import type { Api, Surface } from '../surface.ts';
import { refusals } from './shapes.ts';
import { z } from 'zod';

type Who = Pick<Session, 'user' | 'role' | 'platform' | 'seat' | 'expiresAt'>;

function viewOf({ user, role, platform, seat, expiresAt }: Who): z.infer<typeof SessionView> {
  return {
    user,
    role,
    ...(platform === null ? {} : { platform }),
    ...(seat === null ? {} : { seat }),
    expiresAt: new Date(expiresAt).toISOString(),
  };
}
const whoOf = ({ actor, expiresAt }: Identity): Who => ({ ...actor, expiresAt });

export function sessionRoutes(api: Api, { signIn, sessions, trail, throttle }: Surface): void {
  api.post(
    '/v1/session',
    {
      schema: {
        tags: ['session'],
        summary: 'Sign in',
        description: 'The token goes into the Authorization header, as Bearer, and nowhere else.',
        security: [],
        body: SessionBody,
        response: { 201: SessionOpened, ...refusals },
      },
      preHandler: throttle.signIn,
    },
    async (request, reply) => {
      const { user, password, otp } = request.body;
      const { token, session } = await signIn.signIn(user, password, otp);
      return reply.code(201).send({ token, ...viewOf(session) });
    },
  );
  api.post(
    '/v1/session/otp',
    {
      schema: {
        tags: ['session'],
        summary: 'Enrol a second factor',
        description:
          'Gives the secret for an authenticator (RFC 6238: SHA-1, six digits, 30 s). It counts from the first sign-in with a code of it; ' +
          'asked for again before that, the secret is a new one.',
        security: [],
        body: SessionBody.omit({ otp: true }),
        response: { 201: OtpEnrolment, ...refusals },
      },
      preHandler: throttle.signIn,
    },
    async (request, reply) => {
      const { user, password } = request.body;
      return reply.code(201).send(await signIn.enrol(user, password));
    },
  );
  api.get(
    '/v1/session',
    { schema: { tags: ['session'], summary: 'Who am I', response: { 200: SessionView, ...refusals } } },
    (request) => viewOf(whoOf(identityOf(request))),
  );
  api.delete(
    '/v1/session',
    {
      schema: {
        tags: ['session'],
        summary: 'Sign out; its sockets close',
        response: { 204: z.null(), ...refusals },
      },
    },
    async (request, reply) => {
      const { actor, tokenHash } = identityOf(request);
      await sessions.close(tokenHash);
      trail.note({ actor: actor.user, action: 'session.closed', subject: actor.user, details: {} });
      return reply.code(204).send(null);
    },
  );
}
