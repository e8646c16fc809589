// What a ticket is found by: pairs of neighbouring Chinese characters, and the beginnings of Latin words and numbers.
// It must not know an index. Pairs, because most Chinese words are two characters and trigrams cannot find those.

const han = /\p{Script=Han}+/gu;
const latin = /[\p{Script=Latin}\p{N}]+/gu;
/** What was typed without a break. */
const chunk = /[\p{Script=Han}\p{Script=Latin}\p{N}]+/gu;
const mostTerms = 600;
/** Latin words and numbers are found from three characters on; what is longer than seven is compared in the text. */
const shortest = 3;
const longest = 7;

const normal = (text: string): string => text.normalize('NFKC').toLowerCase();

const pairsOf = (run: string): readonly string[] => {
  const letters = Array.from(run);
  return letters.slice(1).map((letter, n) => (letters[n] ?? '') + letter);
};

/** Terms to be stored. `serial`: found by its parts as a whole, since beginnings of a date are everywhere. */
export function termsOf(texts: readonly string[], serial = ''): readonly string[] {
  const terms = new Set<string>();
  for (const text of texts.map(normal)) {
    for (const [run] of text.matchAll(han)) for (const pair of pairsOf(run)) terms.add(pair);
    for (const [word] of text.matchAll(latin)) {
      if (word.length < shortest) terms.add(word);
      for (let n = shortest; n <= Math.min(word.length, longest); n += 1) terms.add(word.slice(0, n));
    }
  }
  for (const [word] of normal(serial).matchAll(latin)) terms.add(word.slice(0, longest));
  return [...terms].slice(0, mostTerms);
}

/** The text that `texts` of a query are compared with. */
export const comparedText = (...texts: readonly string[]): string => texts.map(normal).join('\n');

export interface Wanted {
  /** Each must be among the terms of a ticket. */
  readonly terms: readonly string[];
  /** Each must stand in its text: pairs do not say that they stand side by side, and one character is no pair. */
  readonly texts: readonly string[];
}

/** Empty lists where nothing can be looked for. */
export function wantedOf(query: string): Wanted {
  const terms = new Set<string>();
  const texts = new Set<string>();
  for (const [typed] of normal(query).slice(0, 200).matchAll(chunk)) {
    for (const [run] of typed.matchAll(han)) {
      const pairs = pairsOf(run);
      for (const pair of pairs) terms.add(pair);
      if (pairs.length === 0) texts.add(typed);
      else if (pairs.length > 1) texts.add(run);
    }
    for (const [word] of typed.matchAll(latin)) {
      terms.add(word.slice(0, longest));
      if (word.length > longest) texts.add(word);
    }
  }
  return { terms: [...terms], texts: [...texts] };
}
