// Carries messages to a partner over HTTP: one address, listed beforehand; no redirects, no answers of any length, and no
// inner addresses unless they are listed (F25, SSRF). It must not know what the messages say.
import { lookup } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import { Agent, request } from 'undici';
import { contentType } from '../../exchange/message.ts';
import type { Carried, Carrier } from '../../exchange/ports.ts';

export interface WebhookOptions {
  readonly url: string;
  /** `host:port` messages may go to; the url's own must be among them. */
  readonly allow: readonly string[];
  /** True: its address may be one of an inner network. */
  readonly inner: boolean;
  readonly timeoutMs?: number;
  readonly connections?: number;
}
const answerMost = 65_536;

const innerRanges = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  innerRanges.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [
  ['::', 127],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  innerRanges.addSubnet(network, bits, 'ipv6');

export const isInner = (address: string): boolean => {
  // An IPv4 address in IPv6 dress is what it carries.
  const plain = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  return innerRanges.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
};

/** Throws where the address is not one that may be used. Close it when the server stops. */
export function openWebhook(options: WebhookOptions): { readonly carry: Carrier; close(): Promise<void> } {
  const url = new URL(options.url);
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  const place = `${url.hostname}:${port}`;
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && options.inner))
    throw new Error(
      `${options.url}: a partner outside is reached by https; http is for inner networks alone.`,
    );
  if (!options.allow.includes(place))
    throw new Error(
      `${place} is not in the partner's \`allow\` list; add it there if messages may go there.`,
    );
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0 && !options.inner && isInner(literal))
    throw new Error(`${place} is an inner address; set \`inner\` for this partner if that is meant.`);
  const timeout = options.timeoutMs ?? 15_000;
  const agent = new Agent({
    connections: options.connections ?? 16,
    headersTimeout: timeout,
    bodyTimeout: timeout,
    connect: {
      timeout: 5000,
      // The address that was checked is the one connected to: a name cannot change its mind in between.
      lookup: (hostname, wanted, callback) => {
        lookup(hostname, { ...wanted, all: true }, (error, addresses) => {
          if (error) {
            callback(error, []);
            return;
          }
          const usable = options.inner ? addresses : addresses.filter(({ address }) => !isInner(address));
          if (usable.length === 0) {
            callback(new Error(`${hostname} has inner addresses alone; refused`), []);
            return;
          }
          const [first] = usable;
          if (wanted.all) callback(null, usable);
          else callback(null, first?.address ?? '', first?.family ?? 4);
        });
      },
    },
  });
  const carry: Carrier = async ({ body }, headers) => {
    try {
      const answer = await request(url, {
        method: 'POST',
        dispatcher: agent,
        headers: { ...headers, 'content-type': contentType },
        body,
        signal: AbortSignal.timeout(timeout * 2),
      });
      const text = await readSome(answer.body);
      return judged(answer.statusCode, text, answer.headers['retry-after']);
    } catch (error) {
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return { ok: false, error: reason, final: false };
    }
  };
  return { carry, close: () => agent.destroy() };
}

function judged(status: number, text: string, retryAfter: string | string[] | undefined): Carried {
  if (status >= 200 && status < 300) return { ok: true, receipt: receiptOf(text) };
  // 3xx is never followed; 408, 425 and 429 ask for patience; other 4xx will not take it as it is.
  const final = status >= 400 && status < 500 && ![401, 403, 404, 408, 425, 429].includes(status);
  const seconds = Number([retryAfter].flat()[0]);
  return {
    ok: false,
    error: `HTTP ${status}`,
    final,
    ...(Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: Math.min(seconds, 86_400) * 1000 } : {}),
  };
}

function receiptOf(text: string): unknown {
  try {
    return text === '' ? null : (JSON.parse(text) as unknown);
  } catch {
    return null;
  }
}

async function readSome(body: AsyncIterable<Uint8Array> & { destroy(): unknown }): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > answerMost) {
      body.destroy();
      return '';
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
