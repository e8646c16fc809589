// What a ticket is found by: pairs of neighbouring Chinese characters, and Latin words and numbers whole.
// It must not know an index. Pairs, because most Chinese words are two characters and trigrams cannot find those.

const han = /\p{Script=Han}+/gu;
const latin = /[\p{Script=Latin}\p{N}]+/gu;
const mostTerms = 600;

const normal = (text: string): string => text.normalize('NFKC').toLowerCase();

const pairsOf = (run: string): readonly string[] => {
  const letters = Array.from(run);
  return letters.map((letter, n) => letter + (letters[n + 1] ?? ''));
};

/** Terms to be stored; the last character of a run stands alone, so that it is found, too. */
export function termsOf(...texts: readonly string[]): readonly string[] {
  const terms = new Set<string>();
  for (const text of texts.map(normal)) {
    for (const [run] of text.matchAll(han)) for (const pair of pairsOf(run)) terms.add(pair);
    for (const [word] of text.matchAll(latin)) terms.add(word.slice(0, 40));
  }
  return [...terms].slice(0, mostTerms);
}

export interface Wanted {
  readonly exact: readonly string[];
  /** Terms that begin so: one character alone, or a word that may go on. */
  readonly prefixes: readonly string[];
  /** Whole runs, to look up again in the text: pairs alone do not say that they stand side by side. */
  readonly runs: readonly string[];
}

/** Empty lists where nothing can be looked for. */
export function wantedOf(query: string): Wanted {
  const exact = new Set<string>();
  const prefixes = new Set<string>();
  const runs: string[] = [];
  const text = normal(query).slice(0, 200);
  for (const [run] of text.matchAll(han)) {
    const pairs = pairsOf(run);
    if (pairs.length === 1) prefixes.add(run);
    else for (const pair of pairs.slice(0, -1)) exact.add(pair);
    if (pairs.length > 2) runs.push(run);
  }
  for (const [word] of text.matchAll(latin)) prefixes.add(word.slice(0, 40));
  return { exact: [...exact], prefixes: [...prefixes], runs };
}
