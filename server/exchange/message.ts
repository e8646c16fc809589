// What travels: a CloudEvents 1.0 envelope around a ticket's fact and the ticket as it then was, signed after Standard
// Webhooks with every key that is valid now (two while they rotate). It must not send or store anything.
import type { Partner, Waiting } from './ports.ts';
import { isSignedWith, signatureOf } from './signing.ts';

export const contentType = 'application/cloudevents+json';

/** The same message has the same id for ever: it is the receiver's idempotency key. */
export const messageId = (cell: string, position: number): string => `${cell}.${position}`;

export function cloudEvent(
  cell: string,
  { position, ticket, body }: Pick<Waiting, 'position' | 'ticket' | 'body'>,
): string {
  return JSON.stringify({
    specversion: '1.0',
    id: messageId(cell, position),
    source: `/hotline-link/${cell}`,
    type: `cn.hotline.${String(body.fact['type'])}.v1`,
    subject: ticket,
    time: new Date(String(body.fact['time'])).toISOString(),
    datacontenttype: 'application/json',
    dataschema: `urn:hotline-link:schema:ticket:v${String(body.ticket['schema'])}`,
    // Order within a ticket, for receivers that take messages by more than one way.
    sequence: String(position),
    data: body,
  });
}

/** `webhook-*` headers; the signature holds one part for each key. */
export function signed(
  partner: Partner,
  id: string,
  body: string,
  now: number,
): Readonly<Record<string, string>> {
  const seconds = Math.floor(now / 1000);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': partner.keys.map((key) => signatureOf(key, id, seconds, body)).join(' '),
  };
}

const toleranceMs = 5 * 60_000;

/** Whether one of the keys made this signature, within five minutes of now. */
export function isGenuine(
  keys: readonly string[],
  body: string,
  headers: Readonly<Record<string, string>>,
  now: number,
): boolean {
  const at = Number(headers['webhook-timestamp']) * 1000;
  return Math.abs(now - at) <= toleranceMs && isSigned(keys, body, headers);
}

/** Whether one of the keys made this signature, whenever that was. */
export function isSigned(
  keys: readonly string[],
  body: string,
  headers: Readonly<Record<string, string>>,
): boolean {
  const seconds = Number(headers['webhook-timestamp']);
  const id = headers['webhook-id'] ?? '';
  if (!Number.isSafeInteger(seconds) || id === '') return false;
  const given = (headers['webhook-signature'] ?? '').split(' ');
  return keys.some((key) => isSignedWith(key, id, seconds, body, given));
}
