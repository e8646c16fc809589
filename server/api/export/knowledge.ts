// Knowledge as a table for Excel: UTF-8 with a mark, no cell that runs as a formula (A10). It must not choose entries.
import { stringify } from 'csv-stringify/sync';
import type { KnowledgeEntry } from '../../protocol/knowledge.ts';

const columns = [
  'id',
  'category',
  'question',
  'answer',
  'unit',
  'words',
  'validFrom',
  'validUntil',
  'outdated',
  'uses',
  'changedAt',
];

export const knowledgeCsv = (entries: readonly KnowledgeEntry[]): string =>
  `\uFEFF${stringify(
    [
      columns,
      ...entries.map((entry) => [
        entry.id,
        entry.category,
        entry.question,
        entry.answer,
        entry.unit,
        entry.words.join('；'),
        entry.validFrom ?? '',
        entry.validUntil ?? '',
        entry.outdated ?? '',
        String(entry.uses),
        entry.changedAt,
      ]),
    ],
    { escape_formulas: true, record_delimiter: 'windows' },
  )}`;
