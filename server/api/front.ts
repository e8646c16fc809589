// What a browser gets at `/`: the console's files, or a line that says where the documentation is; and the headers all
// answers carry. It must not serve anything outside that one folder.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import helmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

export async function installHeaders(app: FastifyInstance): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'self'"],
        connectSrc: ["'self'"],
        fontSrc: ["'self'", 'data:'],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        imgSrc: ["'self'", 'data:'],
        mediaSrc: ["'self'", 'blob:'],
        objectSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        workerSrc: ["'self'", 'blob:'],
      },
    },
    xFrameOptions: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    // The softphone needs the microphone, and no page of another origin does.
    void reply.header('permissions-policy', 'microphone=(self), camera=(), geolocation=()');
    if (request.url.startsWith('/v1/')) void reply.header('cache-control', 'no-store');
    done(null, payload);
  });
}

export async function installFront(app: FastifyInstance, consoleFolder: string | undefined): Promise<void> {
  if (consoleFolder !== undefined && existsSync(resolve(consoleFolder, 'index.html'))) {
    await app.register(fastifyStatic, { root: resolve(consoleFolder), prefix: '/' });
    return;
  }
  app.get('/', (_request, reply) =>
    reply
      .type('text/plain; charset=utf-8')
      .send('Hotline Link (热线联动). The API is described at /docs; the console is not built here.\n'),
  );
}
