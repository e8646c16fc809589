// Finding a matter in the catalogue: by Chinese words, by pinyin, by initials; and out of a free summary (R15, R27).
// It must not know how characters sound: that comes in with each entry.

export interface Spoken {
  readonly text: string;
  /** Syllables without tones: 噪声 → zao sheng. */
  readonly syllables: readonly string[];
}
export interface Findable {
  readonly name: Spoken;
  readonly words: readonly Spoken[];
  readonly group: Spoken;
}

const pairsOf = (text: string): readonly string[] => {
  const letters = Array.from(text);
  return letters.slice(0, -1).map((letter, n) => letter + (letters[n + 1] ?? ''));
};

/** 0 = does not match. */
function scoreOfSpoken(spoken: Spoken, token: string): number {
  const { text, syllables } = spoken;
  if (text === token) return 100;
  if (text.startsWith(token)) return 80;
  if (text.includes(token)) return 60;
  if (!/^[a-z]+$/.test(token)) return 0;
  const initials = syllables.map((syllable) => syllable.charAt(0)).join('');
  if (initials === token) return 75;
  const sound = syllables.join('');
  if (sound === token) return 78;
  if (token.length >= 2 && initials.startsWith(token)) return 55;
  if (token.length >= 2 && startsAtSyllable(syllables, token)) return sound.startsWith(token) ? 58 : 45;
  return token.length >= 2 && initials.includes(token) ? 40 : 0;
}

function startsAtSyllable(syllables: readonly string[], token: string): boolean {
  return syllables.some((_, n) => syllables.slice(n).join('').startsWith(token));
}

/** Every word of the query must match something; more and nearer is more. */
export function scoreOf(entry: Findable, query: string): number {
  const tokens = query
    .normalize('NFKC')
    .toLowerCase()
    .split(/[\s,，。;；、]+/u)
    .filter((token) => token !== '');
  let sum = 0;
  for (const token of tokens) {
    const best = Math.max(
      scoreOfSpoken(entry.name, token),
      ...entry.words.map((word) => scoreOfSpoken(word, token) * 0.9),
      scoreOfSpoken(entry.group, token) * 0.5,
    );
    if (best === 0) return looseScore(entry, tokens);
    sum += best;
  }
  return tokens.length === 0 ? 0 : sum / tokens.length;
}

/** Words that stand in the entry only in part, such as 夜里施工太吵. */
function looseScore(entry: Findable, tokens: readonly string[]): number {
  const pairs = tokens.flatMap(pairsOf).filter((pair) => /^\p{Script=Han}{2}$/u.test(pair));
  if (pairs.length === 0) return 0;
  const here = [entry.name.text, ...entry.words.map(({ text }) => text), entry.group.text].join(' ');
  const found = pairs.filter((pair) => here.includes(pair)).length;
  return found / pairs.length >= 0.34 ? (found / pairs.length) * 35 : 0;
}

/** How much a free summary speaks of the entry; longer words say more than short ones. 0 = not at all. */
export function spokenOf(entry: Findable, summary: string): number {
  const text = summary.normalize('NFKC');
  let score = 0;
  if (text.includes(entry.name.text)) score += 30 + entry.name.text.length * 4;
  for (const { text: word } of entry.words) if (text.includes(word)) score += 20 + word.length * 4;
  const pairs = pairsOf(entry.name.text).filter((pair) => /^\p{Script=Han}{2}$/u.test(pair));
  if (pairs.length > 0) score += (pairs.filter((pair) => text.includes(pair)).length / pairs.length) * 18;
  if (text.includes(entry.group.text)) score += 6;
  return score >= 6 ? score : 0;
}
