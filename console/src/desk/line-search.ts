// Lines found by number, name, pinyin or its initials: 供水, gongshui, gs, 96501. It must not rank by anything but the match.
import { pinyin } from 'pinyin-pro';
import type { LineView } from '../../../server/protocol/views.ts';

interface Known {
  readonly line: LineView;
  readonly keys: readonly string[];
}

export type LineIndex = readonly Known[];

export function indexLines(lines: readonly LineView[]): LineIndex {
  return lines.map((line) => {
    const syllables = pinyin(line.name, { toneType: 'none', type: 'array', nonZh: 'consecutive' });
    return {
      line,
      keys: [
        line.id,
        line.name,
        syllables.join(''),
        syllables.map((syllable) => (/^[a-z]/iu.test(syllable) ? syllable.charAt(0) : syllable)).join(''),
      ].map((key) => key.toLowerCase()),
    };
  });
}

/** All lines for an empty text; those whose match begins a key come first, otherwise the site's own order. */
export function findLines(index: LineIndex, text: string): readonly LineView[] {
  const wanted = text.trim().toLowerCase().replaceAll(/\s+/gu, '');
  if (wanted === '') return index.map(({ line }) => line);
  const hits = index.filter(({ keys }) => keys.some((key) => key.includes(wanted)));
  const begins = ({ keys }: Known) => keys.some((key) => key.startsWith(wanted));
  return [...hits.filter(begins), ...hits.filter((hit) => !begins(hit))].map(({ line }) => line);
}

/** The plan's one-click lines, in the order of their keys; the rest are found by search. */
export const oneClickLines = ['110', '12345', '119', '120', '122'] as const;
