// Health, readiness, metrics and the two descriptions of this surface. It must not show anything of a call.
import { z } from 'zod';
import { asyncApiDocument } from '../stream/asyncapi.ts';
import { problem, sendProblem } from '../problem.ts';
import type { Api, Surface } from '../surface.ts';

const Parts = z.record(z.string(), z.string());

export function systemRoutes(api: Api, { deps }: Surface): void {
  api.get(
    '/healthz',
    {
      schema: {
        tags: ['system'],
        summary: 'The process lives',
        security: [],
        response: { 200: z.object({ ok: z.boolean() }) },
      },
    },
    () => ({
      ok: true,
    }),
  );
  api.get(
    '/readyz',
    {
      schema: {
        tags: ['system'],
        summary: 'It can take calls; 503 with the parts that are missing otherwise',
        security: [],
        response: { 200: z.object({ ready: z.boolean(), parts: Parts }) },
      },
    },
    async (_request, reply) => {
      const { ready, parts } = deps.engine.readiness();
      return ready
        ? reply.send({ ready, parts })
        : sendProblem(reply, { ...problem('not-ready'), ready, parts });
    },
  );
  api.get(
    '/metrics',
    { schema: { tags: ['system'], summary: 'Prometheus text; from this machine, or with a system session' } },
    async (_request, reply) =>
      reply.type('text/plain; version=0.0.4; charset=utf-8').send(await deps.metrics()),
  );
  api.get('/openapi.json', { schema: { hide: true } }, () => api.swagger());
  const stream = asyncApiDocument();
  api.get('/asyncapi.json', { schema: { hide: true } }, () => stream);
}
