// Which knowledge entries a question finds, and which of them are not to be relied on (R14). Pure.
// It must not know how characters sound: that comes in with each entry.
import type { KnowledgeEntry } from '../../protocol/knowledge.ts';
import type { Time } from '../../protocol/words.ts';
import { scoreOf } from './finding.ts';
import type { Findable } from './finding.ts';

export interface Known {
  readonly entry: KnowledgeEntry;
  readonly findable: Findable;
}
export interface KnowledgeFilter {
  readonly q: string;
  readonly category?: string | undefined;
  readonly unit?: string | undefined;
  /** Only what is not to be relied on. */
  readonly outdated?: boolean | undefined;
}

/** `entry`: as it is stored, not judged yet. */
export function judged(entry: KnowledgeEntry, now: Time): KnowledgeEntry {
  const { validFrom, validUntil, flag } = entry;
  if (validUntil !== undefined && Date.parse(validUntil) <= now) return { ...entry, outdated: 'expired' };
  if (validFrom !== undefined && Date.parse(validFrom) > now) return { ...entry, outdated: 'not-yet' };
  return flag === undefined ? entry : { ...entry, outdated: 'flagged' };
}

/** Best first; what holds before what does not. Without a question: the most used first. */
export function find(all: readonly Known[], filter: KnowledgeFilter, now: Time): readonly KnowledgeEntry[] {
  const q = plain(filter.q);
  const found = all.flatMap(({ entry: stored, findable }) => {
    const entry = judged(stored, now);
    if (filter.category !== undefined && entry.category !== filter.category) return [];
    if (filter.unit !== undefined && entry.unit !== filter.unit) return [];
    if (filter.outdated === true && entry.outdated === undefined) return [];
    if (q === '') return [entry];
    const score = scoreOf(findable, q);
    return score > 0 ? [{ ...entry, score: Math.round(score) }] : [];
  });
  const rank = ({ outdated }: KnowledgeEntry): number => (q !== '' && outdated !== undefined ? 1 : 0);
  return found.sort((a, b) => rank(a) - rank(b) || (b.score ?? 0) - (a.score ?? 0) || b.uses - a.uses);
}

/** A question as it is kept in the list of those nothing was found for: one spelling for all who ask it. */
export const plain = (question: string): string =>
  question
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[?？!！。.…]+/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim()
    .slice(0, 200);
