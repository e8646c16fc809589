// Typed fetch of the HTTP surface: bearer token, one Idempotency-Key per press, refusals as values a screen can word.
// It must not retry a command under a new key, and must not hold state of the floor.
import type { RefusalCode } from '../../../server/protocol/errors.ts';

/** What the console itself may have to say when no answer came. */
export type FailureCode = RefusalCode | 'unreachable' | 'cut-short' | 'unknown';

export class Refused extends Error {
  readonly code: FailureCode;
  readonly status: number;
  readonly field: string | undefined;
  readonly state: unknown;

  constructor(code: FailureCode, status: number, message: string, field?: string, state?: unknown) {
    super(message);
    this.code = code;
    this.status = status;
    this.field = field;
    this.state = state;
  }
}

export interface Answered<T> {
  readonly body: T;
  /** Server time minus ours, in ms, as exact as a Date header is; null when it had none. */
  readonly clockOffset: number | null;
}

export interface ApiOptions {
  readonly token: () => string | null;
  readonly fetch?: typeof fetch;
  readonly onClock?: (offsetMs: number) => void;
  /** The session is over: the page goes back to its sign-in. */
  readonly onUnauthenticated?: () => void;
}

const attempts = 3;
const answerWithinMs = 10_000;

export class ApiClient {
  readonly #options: ApiOptions;
  constructor(options: ApiOptions) {
    this.#options = options;
  }

  get<T>(path: string): Promise<T> {
    return this.#ask<T>('GET', path, undefined, undefined);
  }

  /** Bytes as they are: a recording, an export. */
  async file(path: string): Promise<Blob> {
    const token = this.#options.token();
    let response: Response;
    try {
      response = await (this.#options.fetch ?? fetch)(path, {
        headers: token === null ? {} : { authorization: `Bearer ${token}` },
      });
    } catch {
      throw new Refused('unreachable', 0, 'no answer');
    }
    if (response.ok)
      return response.blob().catch(() => {
        throw new Refused('cut-short', response.status, 'the file broke off');
      });
    if (response.status === 401 && token !== null) this.#options.onUnauthenticated?.();
    throw refusedBy(response.status, await response.text().catch(() => ''));
  }

  /** One press = one key (TR1): repeated under the same key when the network, not the server, failed. */
  command<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<T> {
    return this.#ask<T>(method, path, body, crypto.randomUUID());
  }

  /** One command while the page goes away: sent, not waited for. */
  parting(path: string, body: object): void {
    const token = this.#options.token();
    if (token === null) return;
    void fetch(path, {
      method: 'POST',
      keepalive: true,
      headers: {
        authorization: `Bearer ${token}`,
        'idempotency-key': crypto.randomUUID(),
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    }).catch(() => undefined);
  }

  async #ask<T>(method: string, path: string, body: object | undefined, key: string | undefined): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#once<T>(method, path, body, key);
      } catch (failure) {
        if (!(failure instanceof Refused) || failure.code !== 'unreachable' || attempt >= attempts)
          throw failure;
        await new Promise((resolve) => setTimeout(resolve, 250 * 2 ** attempt));
      }
    }
  }

  async #once<T>(
    method: string,
    path: string,
    body: object | undefined,
    key: string | undefined,
  ): Promise<T> {
    const token = this.#options.token();
    const ask = this.#options.fetch ?? fetch;
    let response: Response;
    try {
      response = await ask(path, {
        method,
        headers: {
          accept: 'application/json',
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(key === undefined ? {} : { 'idempotency-key': key }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(answerWithinMs),
      });
    } catch {
      throw new Refused('unreachable', 0, 'no answer');
    }
    const date = Date.parse(response.headers.get('date') ?? '');
    // The header is cut to the second: half a second is the honest middle.
    if (Number.isFinite(date)) this.#options.onClock?.(date + 500 - Date.now());
    const text = await response.text().catch(() => '');
    if (response.ok) return (text === '' ? null : JSON.parse(text)) as T;
    if (response.status === 401 && token !== null) this.#options.onUnauthenticated?.();
    throw refusedBy(response.status, text);
  }
}

function refusedBy(status: number, text: string): Refused {
  try {
    const { code, message, field, state } = JSON.parse(text) as {
      code: FailureCode;
      message: string;
      field?: string;
      state?: unknown;
    };
    return new Refused(code, status, message, field, state);
  } catch {
    return new Refused('unknown', status, text.slice(0, 200));
  }
}
