// How bodies are read: JSON only, an empty one is `{}`, and no text that a database or a terminal cannot hold (A10).
// It must not check shapes: the routes' schemas do.
import type { FastifyInstance } from 'fastify';
import { Refusal } from './problem.ts';

export function installBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = body.toString();
    if (text.trim() === '') done(null, {});
    else void parse(request, text, done);
  });
  app.addHook('preValidation', (request, _reply, done) => {
    // A command without a body is the command with every default.
    if (request.method !== 'GET' && (request.body === undefined || request.body === null)) request.body = {};
    const field = unstorable(request.body, '');
    if (field === null) done();
    else done(new Refusal('invalid-field', { field: field === '' ? 'body' : field }));
  });
}

/**
 * The field whose text holds a NUL or half a character: PostgreSQL refuses both, and a fact that can never be written
 * would hold up every fact behind it. Walks without recursion: a body may be 30,000 arrays deep.
 */
function unstorable(body: unknown, path: string): string | null {
  const open: { readonly path: string; readonly value: unknown }[] = [{ path, value: body }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { value } = next;
    if (typeof value === 'string') {
      if (value.includes('\0') || !value.isWellFormed()) return next.path;
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        if (key.includes('\0') || !key.isWellFormed()) return next.path;
        open.push({
          path: next.path.length > 200 ? next.path : `${next.path}${next.path === '' ? '' : '.'}${key}`,
          value: inner as unknown,
        });
      }
    }
  }
  return null;
}
