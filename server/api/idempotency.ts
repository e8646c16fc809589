// Remembers which request an Idempotency-Key was used for, so that a key is one request (TR1). The engine, not this,
// makes a repeated command harmless; after ten minutes it alone does. It must not remember answers.
import { createHash, randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Clock } from '../engine/ports.ts';
import type { Limits } from './limits.ts';
import { Refusal } from './problem.ts';

interface Use {
  readonly request: string;
  readonly until: number;
}

export class Keys {
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #uses = new Map<string, Use>();

  constructor(clock: Clock, limits: Limits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** The command's id: `user:key`, or one of our own where the client gave none. Throws `key-reused`. */
  claim(request: FastifyRequest, user: string): string {
    const key = request.headers['idempotency-key'];
    if (key === undefined) return `${user}:${randomUUID()}`;
    if (typeof key !== 'string' || !/^[\x21-\x7e]{1,128}$/.test(key))
      throw new Refusal('invalid-field', { field: 'Idempotency-Key' });
    const id = `${user}:${key}`;
    const same = createHash('sha256')
      .update(
        `${request.method} ${request.routeOptions.url ?? ''} ${JSON.stringify(request.params)} ${JSON.stringify(request.body ?? {})}`,
      )
      .digest('base64url');
    const now = this.#clock.now();
    const use = this.#uses.get(id);
    if (use && use.until > now && use.request !== same)
      throw new Refusal('key-reused', { field: 'Idempotency-Key' });
    this.#uses.delete(id);
    this.#uses.set(id, { request: same, until: now + this.#limits.keyMemoryMs });
    this.#forget(now);
    return id;
  }

  /** Oldest first, as a Map keeps them: what is out of date or over the bound. */
  #forget(now: number): void {
    for (const [id, use] of this.#uses) {
      if (use.until > now && this.#uses.size <= this.#limits.keysRemembered) return;
      this.#uses.delete(id);
    }
  }
}
