// OpenAPI 3.1 out of the routes' own schemas, readable at /docs. It must not describe what the routes do not check.
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { whoMay } from './rules.ts';

const description = `Commands take an \`Idempotency-Key\` (1–128 visible ASCII characters): the same key is the same command. They
answer 202 with the new version and view, or a problem document (RFC 9457) with a stable \`code\`; a 409 carries the current
view as \`state\`. Phone numbers and names are masked (\`138****0001\`) except on a seat's own live call. Facts come by
WebSocket: see [/asyncapi.json](/asyncapi.json).`;

type Transform = typeof jsonSchemaTransform;

/** Adds who may use the route, out of the table that also guards it. */
const withRoles: Transform = (document) => {
  const transformed = jsonSchemaTransform(document);
  const who = whoMay([document.route.method].flat()[0] ?? '', document.url);
  if (who === undefined) return transformed;
  return { ...transformed, schema: { ...transformed.schema, 'x-who-may': who } as typeof transformed.schema };
};

export async function installDescription(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Hotline Link', version: '1.0.0', description },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
      security: [{ bearer: [] }],
      tags: [
        'session',
        'seats',
        'calls',
        'supervision',
        'queues',
        'tickets',
        'exchange',
        'reference',
        'stream',
        'audit',
        'accounts',
        'system',
      ].map((name) => ({ name })),
    },
    transform: withRoles,
    transformObject: jsonSchemaTransformObject,
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { docExpansion: 'list', validatorUrl: null },
  });
}
