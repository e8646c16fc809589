// Signatures after Standard Webhooks: `v1` with a shared secret (HMAC-SHA256, whsec_…), `v1a` with a pair of keys (Ed25519:
// whsk_… signs, whpk_… verifies). It must not look at the time or at what a message says.
import { createPrivateKey, createPublicKey, sign, timingSafeEqual, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

/** DER around the 32 bytes of a key (RFC 8410). */
const privateHead = Buffer.from('302e020100300506032b657004220420', 'hex');
const publicHead = Buffer.from('302a300506032b6570032100', 'hex');

const keys = new Map<string, KeyObject>();

const bytesOf = (key: string): Buffer => Buffer.from(key.slice(5), 'base64');

/** Whether a key is whole, of a kind that signs or verifies here. */
export function isKeyFor(use: 'signing' | 'verifying', key: string): boolean {
  if (!/^wh(?:sec|sk|pk)_[A-Za-z0-9+/]+={0,2}$/.test(key)) return false;
  const { length } = bytesOf(key);
  if (key.startsWith('whsec_')) return Buffer.from(key.slice(6), 'base64').length >= 24;
  // The seed alone, or the seed and the public key behind it, as libraries keep it.
  if (key.startsWith('whsk_')) return use === 'signing' && (length === 32 || length === 64);
  return key.startsWith('whpk_') && use === 'verifying' && length === 32;
}

function keyObject(key: string): KeyObject {
  const known = keys.get(key);
  if (known) return known;
  const bytes = bytesOf(key).subarray(0, 32);
  const made = key.startsWith('whsk_')
    ? createPrivateKey({ key: Buffer.concat([privateHead, bytes]), format: 'der', type: 'pkcs8' })
    : createPublicKey({ key: Buffer.concat([publicHead, bytes]), format: 'der', type: 'spki' });
  keys.set(key, made);
  return made;
}

export function signatureOf(key: string, id: string, seconds: number, body: string): string {
  if (!key.startsWith('whsk_')) return new Webhook(key).sign(id, new Date(seconds * 1000), body);
  const signature = sign(null, Buffer.from(`${id}.${String(seconds)}.${body}`), keyObject(key));
  return `v1a,${signature.toString('base64')}`;
}

/** Whether one of the given signatures was made with this key; each signature says its own version. */
export function isSignedWith(
  key: string,
  id: string,
  seconds: number,
  body: string,
  given: readonly string[],
): boolean {
  if (key.startsWith('whpk_')) {
    const text = Buffer.from(`${id}.${String(seconds)}.${body}`);
    return given.some(
      (part) =>
        part.startsWith('v1a,') && verify(null, text, keyObject(key), Buffer.from(part.slice(4), 'base64')),
    );
  }
  if (!key.startsWith('whsec_')) return false;
  const made = Buffer.from(signatureOf(key, id, seconds, body));
  return given.some((part) => {
    const bytes = Buffer.from(part);
    return bytes.length === made.length && timingSafeEqual(bytes, made);
  });
}
