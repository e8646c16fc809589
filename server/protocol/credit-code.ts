// The unified social credit code of a unit (GB 32100-2015): 18 characters, the last a check digit (R12).
// It must not know units; it only tells a mistyped code from a right one.

const letters = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const shape = /^[0-9A-HJ-NP-RT-UW-Y]{2}\d{6}[0-9A-HJ-NP-RT-UW-Y]{10}$/;

/** The check character of the first 17, or null where one of them is not of the code's alphabet. */
export function creditCodeCheck(first17: string): string | null {
  if (first17.length !== 17) return null;
  let sum = 0;
  let weight = 1;
  for (const letter of first17) {
    const value = letters.indexOf(letter);
    if (value < 0) return null;
    sum += value * weight;
    weight = (weight * 3) % 31;
  }
  return letters.charAt((31 - (sum % 31)) % 31);
}

export const isCreditCode = (code: string): boolean =>
  shape.test(code) && creditCodeCheck(code.slice(0, 17)) === code.charAt(17);
