// The one way anything is refused: RFC 9457 problem documents with our stable codes.
// It must not let text of an inner failure out: five hundreds say nothing but `internal`, and logs are masked (G25).
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import type { Log } from '../engine/ports.ts';
import { refusalCodes, statusOf, wordsOf } from '../protocol/errors.ts';
import type { Problem, RefusalCode } from '../protocol/errors.ts';
import { maskText } from './privacy/masking.ts';

interface Details {
  readonly field?: string;
  /** The current view, as the one who asked may see it. */
  readonly state?: unknown;
  readonly retryAfterSeconds?: number;
}

/** Thrown anywhere under a route: becomes the answer. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly details: Details;
  constructor(code: RefusalCode, details: Details = {}) {
    super(wordsOf(code));
    this.code = code;
    this.details = details;
  }
}

const isError = (thrown: unknown): thrown is FastifyError => thrown instanceof Error;

/** 4xx that Fastify and its plugins raise by themselves, as ours. */
function codeOfStatus(status: number): RefusalCode {
  if (status === 404) return 'not-found';
  if (status === 413) return 'payload-too-large';
  if (status === 429) return 'too-many-requests';
  return 'bad-request';
}

/** `/to/line` → `to.line`; a whole body that is wrong is called `body`. */
function fieldOf(path: string, part: string): string {
  const field = path.split('/').filter(Boolean).join('.');
  return field === '' ? part : field;
}

function problemOf(thrown: unknown): Problem {
  if (thrown instanceof Refusal) {
    const { field, state } = thrown.details;
    return problem(thrown.code, thrown.message, field, state);
  }
  if (isError(thrown)) {
    if (hasZodFastifySchemaValidationErrors(thrown)) {
      const [first] = thrown.validation;
      const field = fieldOf(first?.instancePath ?? '', thrown.validationContext ?? 'body');
      return problem(
        'invalid-field',
        maskText(`${wordsOf('invalid-field')} ${field}: ${first?.message ?? 'wrong'}`),
        field,
      );
    }
    // A store's failure bears one of our codes (database-away…): who asked may do something about it. Its words stay here.
    const known = refusalCodes.find((code) => code === thrown.code);
    const field = 'field' in thrown && typeof thrown.field === 'string' ? thrown.field : undefined;
    if (known !== undefined) return problem(known, wordsOf(known), field);
    const status = thrown.statusCode ?? 500;
    if (status >= 400 && status < 500) return { ...problem(codeOfStatus(status)), status };
  }
  return problem('internal');
}

export function problem(
  code: RefusalCode,
  message: string = wordsOf(code),
  field?: string,
  state?: unknown,
): Problem {
  return {
    type: `urn:hotline-link:problem:${code}`,
    title: wordsOf(code),
    status: statusOf(code),
    code,
    message,
    ...(field === undefined ? {} : { field }),
    ...(state === undefined || state === null ? {} : { state }),
  };
}

/** Sent as text, so that no response schema of the route can drop a member. */
export function sendProblem(
  reply: FastifyReply,
  document: Problem & Readonly<Record<string, unknown>>,
): FastifyReply {
  return reply
    .code(document.status)
    .header('cache-control', 'no-store')
    .type('application/problem+json; charset=utf-8')
    .serializer((text: unknown) => String(text))
    .send(JSON.stringify(document));
}

export function installProblems(app: FastifyInstance, log: Log): void {
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, problem('not-found')));
  app.setErrorHandler((thrown: unknown, request, reply) => {
    const document = problemOf(thrown);
    if (thrown instanceof Refusal && thrown.details.retryAfterSeconds !== undefined) {
      void reply.header('retry-after', String(Math.max(1, Math.ceil(thrown.details.retryAfterSeconds))));
    }
    if (document.status === 503) void reply.header('retry-after', '1');
    if (document.status === 401) void reply.header('www-authenticate', 'Bearer realm="hotline"');
    // The route, never the address: an address may hold what somebody typed into it (14.2.1).
    if (document.status >= 500 && document.status !== 503)
      logFailure(log, thrown, `${request.method} ${request.routeOptions.url ?? '?'}`);
    return sendProblem(reply, document);
  });
}

function logFailure(log: Log, thrown: unknown, route: string): void {
  const text = isError(thrown) ? (thrown.stack ?? thrown.message) : String(thrown);
  log.error(
    { route, error: maskText(text) },
    'a request failed inside; the stack says where, the client was told only `internal`',
  );
}
