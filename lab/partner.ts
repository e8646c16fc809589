// The other side's ticket system, for reference and for tests: receives, verifies, keeps each message once, in order, and
// can be as slow, broken or hostile as a partner may be. It must not know our server; it knows the wire alone.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';

export type Manner =
  | 'take'
  | 'reset'
  | 'redirect'
  | 'huge'
  | { readonly status: number; readonly retryAfterSeconds?: number }
  | { readonly slowMs: number };
export type PartnerMessage = {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly sequence: number;
  readonly at: number;
};

export const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

/** An Ed25519 pair as Standard Webhooks writes it: one signs, the other verifies. */
export function newKeyPair(): { readonly signing: string; readonly verifying: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const base64 = (part: string): string => Buffer.from(part, 'base64url').toString('base64');
  return {
    signing: `whsk_${base64(privateKey.export({ format: 'jwk' }).d ?? '')}`,
    verifying: `whpk_${base64(publicKey.export({ format: 'jwk' }).x ?? '')}`,
  };
}

export class PartnerSystem {
  /** How it behaves now; by ticket where a test wants one poisoned message. */
  manner: (message: { readonly id: string; readonly subject: string }) => Manner = () => 'take';
  /** What had an effect: each id once, as they were first taken. */
  readonly effects: PartnerMessage[] = [];
  readonly faults: string[] = [];
  attempts = 0;
  /** False where a test lets days pass in moments: then the signature counts, whatever its time. */
  checksTime = true;
  /** Addresses asked for besides its own: a redirect that was followed would show here. */
  readonly strayed: string[] = [];
  readonly #seen = new Set<string>();
  readonly #last = new Map<string, number>();
  readonly #keys: readonly string[];
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  constructor(...keys: readonly string[]) {
    this.#keys = keys;
  }

  async start(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/inbox`;
  }
  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url !== '/inbox') {
      this.strayed.push(request.url ?? '');
      response.end();
      return;
    }
    this.attempts += 1;
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const event = this.#verified(body, request.headers);
    if (!event) {
      response.writeHead(401).end();
      return;
    }
    const manner = this.manner(event);
    if (manner === 'reset') return void request.socket.destroy();
    if (manner === 'redirect')
      return void response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end();
    if (typeof manner === 'object' && 'status' in manner) {
      const { status, retryAfterSeconds: again } = manner;
      return void response
        .writeHead(status, again === undefined ? {} : { 'retry-after': String(again) })
        .end();
    }
    if (typeof manner === 'object') await sleep(manner.slowMs);
    this.#keep(event);
    if (manner === 'huge') {
      response.writeHead(200);
      const mega = 'x'.repeat(1_048_576);
      for (let n = 0; n < 10 && !response.destroyed; n += 1) response.write(mega);
    } else response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ message: event.id, result: 'accepted' }));
  }

  #verified(body: string, headers: IncomingMessage['headers']): PartnerMessage | null {
    for (const key of this.#keys) {
      try {
        const event = key.startsWith('whpk_')
          ? verified(key, body, headers as Record<string, string>)
          : this.#opened(new Webhook(key), body, headers as Record<string, string>);
        if (event['specversion'] !== '1.0' || event['id'] !== headers['webhook-id'])
          this.faults.push(`not a CloudEvent of this id: ${String(event['id'])}`);
        return {
          id: String(event['id']),
          type: String(event['type']),
          subject: String(event['subject']),
          sequence: Number(event['sequence']),
          at: performance.now(),
        };
      } catch {
        // The next key may be the right one.
      }
    }
    this.faults.push('a signature that no key made');
    return null;
  }

  #opened(webhook: Webhook, body: string, headers: Record<string, string>): Record<string, unknown> {
    if (this.checksTime) return webhook.verify(body, headers) as Record<string, unknown>;
    const at = new Date(Number(headers['webhook-timestamp']) * 1000);
    const made = webhook.sign(headers['webhook-id'] ?? '', at, body);
    if (!(headers['webhook-signature'] ?? '').split(' ').includes(made))
      throw new Error('not signed with this key');
    return JSON.parse(body) as Record<string, unknown>;
  }

  #keep(message: PartnerMessage): void {
    if (this.#seen.has(message.id)) return;
    this.#seen.add(message.id);
    const before = this.#last.get(message.subject) ?? 0;
    if (message.sequence <= before)
      this.faults.push(`out of order on ${message.subject}: ${message.sequence} after ${before}`);
    this.#last.set(message.subject, message.sequence);
    this.effects.push(message);
  }
}

/** `v1a`: Ed25519 over id, time and body; throws where this key made none of the signatures. */
function verified(key: string, body: string, headers: Record<string, string>): Record<string, unknown> {
  const x = Buffer.from(key.slice(5), 'base64').toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const signed = Buffer.from(`${headers['webhook-id'] ?? ''}.${headers['webhook-timestamp'] ?? ''}.${body}`);
  const good = (headers['webhook-signature'] ?? '')
    .split(' ')
    .some(
      (part) =>
        part.startsWith('v1a,') && verify(null, signed, publicKey, Buffer.from(part.slice(4), 'base64')),
    );
  if (!good) throw new Error('not signed with this key');
  return JSON.parse(body) as Record<string, unknown>;
}
