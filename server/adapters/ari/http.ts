// The slow lane to Asterisk: a keep-alive pool for lists, filters, provisioning. It must not carry call control, which
// needs the one order of the socket (rest.ts).
import { Pool } from 'undici';
import { z } from 'zod';
import type { Meter } from '../../engine/ports.ts';
import {
  authorization,
  unanswered,
  uriOf,
  type AriAccess,
  type AriReply,
  type AriRequest,
} from './access.ts';

export interface HttpLane {
  /** Never rejects: an unreachable Asterisk is a reply with status `unanswered`. */
  request(request: AriRequest, timeoutMs?: number): Promise<AriReply>;
  /** Forgets every connection: when one to this Asterisk was found dead, the idle ones are not to be trusted either. */
  reset(): void;
  close(): Promise<void>;
}

const timeoutMilliseconds = 5000;

export function createHttpLane(options: { access: AriAccess; meter: Meter; connections?: number }): HttpLane {
  const base = new URL(options.access.url);
  const connectAnew = (): Pool =>
    new Pool(base.origin, {
      connections: options.connections ?? 8,
      connect: { timeout: 2000 },
      headersTimeout: timeoutMilliseconds,
      bodyTimeout: timeoutMilliseconds,
      // Asterisk closes idle sessions after 30 s; a request sent into that moment would be lost.
      keepAliveTimeout: 10_000,
    });
  let pool = connectAnew();
  const headers = { authorization: authorization(options.access) };
  return {
    async request(request, timeoutMs = timeoutMilliseconds) {
      const started = performance.now();
      let reply: AriReply;
      try {
        const { statusCode, body } = await pool.request({
          method: request.method,
          path: `${base.pathname}/${uriOf(request)}`,
          headers: request.body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
          body: request.body === undefined ? null : JSON.stringify(request.body),
          signal: AbortSignal.timeout(timeoutMs),
        });
        reply = { status: statusCode, body: await body.text() };
      } catch (error) {
        reply = { status: unanswered, body: error instanceof Error ? error.message : String(error) };
      }
      options.meter.count('hotline_ari_requests_total', {
        lane: 'http',
        method: request.method,
        status: String(reply.status),
      });
      options.meter.observe('hotline_ari_request_seconds', (performance.now() - started) / 1000, {
        lane: 'http',
      });
      return reply;
    },
    reset() {
      const old = pool;
      pool = connectAnew();
      void old.destroy();
    },
    close: () => pool.destroy(),
  };
}

/** Says what was asked, what came and what to do; for callers that cannot go on without the answer. */
export class AriFailure extends Error {
  override readonly name = 'AriFailure';
  readonly status: number;

  constructor(request: AriRequest, reply: AriReply) {
    const advice =
      reply.status === unanswered
        ? 'Is Asterisk running and its HTTP server at the configured address?'
        : reply.status === 401 || reply.status === 403
          ? 'Check user and password against ari.conf.'
          : 'See the log of Asterisk for the reason.';
    super(
      `${request.method} ${request.path} was answered ${reply.status} ${reply.body.slice(0, 200)}. ${advice}`,
    );
    this.status = reply.status;
  }
}

/** Reads a list or an object, checked; throws AriFailure. */
export async function read<S extends z.ZodType>(
  lane: HttpLane,
  path: string,
  shape: S,
  query?: Record<string, string>,
): Promise<z.infer<S>> {
  const request: AriRequest = { method: 'GET', path, ...(query === undefined ? {} : { query }) };
  const reply = await lane.request(request);
  if (reply.status !== 200) throw new AriFailure(request, reply);
  return shape.parse(JSON.parse(reply.body));
}

const Value = z.object({ value: z.string() });
/** A channel's variable, or null when the channel or the variable is not there. */
export async function readVariable(
  lane: HttpLane,
  channel: string,
  variable: string,
): Promise<string | null> {
  const request: AriRequest = {
    method: 'GET',
    path: `channels/${encodeURIComponent(channel)}/variable`,
    query: { variable },
  };
  const reply = await lane.request(request);
  if (reply.status === 404) return null;
  if (reply.status !== 200) throw new AriFailure(request, reply);
  return Value.parse(JSON.parse(reply.body)).value;
}
