// Hides phone numbers, names and identity numbers in anything that leaves (R28, G25): `138****0001`.
// It must not know roles: scope.ts decides who gets the plain thing.

/** Keys under which only ids, codes and times stand: left alone unless they are a bare telephone number. */
const plainKeys = new Set([
  'id',
  'leg',
  'legs',
  'call',
  'calls',
  'callBackOf',
  'about',
  'as',
  'request',
  'transfer',
  'bridge',
  'party',
  'hears',
  'seat',
  'seats',
  'from',
  'owner',
  'queue',
  'queues',
  'line',
  'platform',
  'ticket',
  'tickets',
  'type',
  'time',
  'at',
  'since',
  'deadline',
  'arrivedAt',
  'answeredAt',
  'endedAt',
  'wrapUpUntil',
  'hash',
  'previousHash',
  'sha256',
  'file',
  'head',
]);
/** Codes that may be long and all digits, and are nobody's number: GB/T 2260 divisions, catalogue items. */
const codeKeys = new Set(['region', 'item', 'serial', 'unit', 'receiver', 'linked', 'position']);
const numberKey = /^(?:number|msisdn|.*Number)$/;
const nameKey = /^(?:name|.*Name)$/;

const bareNumber = /^\+?[\d\uff10-\uff19]{7,}$/;
/** Seven digits or more in a row, spaces and dashes between them allowed, but not a calendar date. */
const run =
  /(?<![\d\uff10-\uff19])\+?(?!\d{4}-\d{2}-\d{2}(?!\d))[\d\uff10-\uff19](?:[ -]?[\d\uff10-\uff19]){6,}/g;
const isoTime = /^\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2})$/;
const nobody = new Set(['', 'anonymous', 'unknown', 'restricted', 'unavailable']);

const first = (text: string): string => String.fromCodePoint(text.codePointAt(0) ?? 32);

/** `13800000001` → `138****0001`; service codes of five digits or fewer (12345, 110) are nobody's and stay. */
export function maskNumber(number: string): string {
  if (nobody.has(number.toLowerCase()) || /^\d{1,5}$/.test(number)) return number;
  if (number.includes('****')) return number;
  if (!/^\+?[\d\uff10-\uff19 -]+$/.test(number)) return `${first(number)}****`;
  if (number.length >= 11) return `${number.slice(0, 3)}****${number.slice(-4)}`;
  return `${number.slice(0, 2)}****${number.slice(-2)}`;
}

/** 王小明 → 王** */
export function maskName(name: string): string {
  if (nobody.has(name.toLowerCase()) || name.endsWith('**')) return name;
  return /\d{4}/.test(name) ? maskNumber(name) : `${first(name)}**`;
}

/** Free text with every number in it hidden. */
export const maskText = (text: string): string => text.replace(run, (number) => maskNumber(number));

function maskValue(key: string, value: unknown): unknown {
  if (typeof value === 'string') {
    if (numberKey.test(key)) return maskNumber(value);
    if (nameKey.test(key)) return maskName(value);
    if (codeKeys.has(key) || isoTime.test(value)) return value;
    if (plainKeys.has(key)) return bareNumber.test(value) ? maskNumber(value) : value;
    return maskText(value);
  }
  if (typeof value === 'number')
    return numberKey.test(key) && value > 99_999 ? maskNumber(String(value)) : value;
  if (Array.isArray(value)) return value.map((item: unknown) => maskValue(key, item));
  if (typeof value === 'object' && value !== null) return maskRecord(value);
  return value;
}

function maskRecord(record: object): Record<string, unknown> {
  const masked: Record<string, unknown> = {};
  // Keys are free text, too, where a client or a peer may choose them.
  for (const [key, value] of Object.entries(record)) masked[maskText(key)] = maskValue(key, value);
  return masked;
}

/** A copy of a view, a fact or a command's body with everything personal hidden; the shape stays. */
export const masked = <T extends object>(record: T): T => maskRecord(record) as T;
