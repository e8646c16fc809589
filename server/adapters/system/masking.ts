// Keeps secrets and personal data out of the log (G25, R28): by the name of the field, and by the look of the text.
// It must not change what is logged otherwise.

const secretName = /password|secret|token|authorization|cookie|otp|credential|private/i;
const personName =
  /^(number|caller|callerNumber|calledNumber|dialled|phone|mobile|name|callerName|place|summary|note)$/;
// A mainland mobile number, or an identity card number, standing alone in a text.
const mobile = /(?<![\dA-Za-z.])1[3-9]\d{9}(?!\d)/g;
const identity = /(?<!\d)\d{17}[\dXx](?!\d)/g;
// user:password@ in an address.
const inAddress = /(:\/\/[^\s:/@]*):[^\s@/]+@/g;
const deepest = 6;

/** 138****0001; anything short or not a number is hidden whole. */
export const maskNumber = (text: string): string =>
  /^\+?\d{7,}$/.test(text) ? `${text.slice(0, 3)}****${text.slice(-4)}` : text === '' ? '' : '****';

/** Numbers that are not phone numbers (times, counts) stay. */
export const maskText = (text: string): string =>
  text
    .replace(inAddress, '$1:****@')
    .replace(identity, (number) => `${number.slice(0, 6)}********${number.slice(-4)}`)
    .replace(mobile, maskNumber);

export function masked(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return maskText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= deepest) return '[deeper]';
  if (value instanceof Error) {
    const { name, message, stack, cause } = value;
    return masked(
      { type: name, message, ...('code' in value ? { code: value.code } : {}), stack, cause },
      depth + 1,
    );
  }
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((one) => masked(one, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, maskedField(key, inner, depth)]),
  );
}

function maskedField(key: string, value: unknown, depth: number): unknown {
  if (value === undefined || value === null) return value;
  if (secretName.test(key) && typeof value !== 'boolean') return '****';
  if (personName.test(key) && typeof value === 'string') return maskNumber(value);
  return masked(value, depth + 1);
}
