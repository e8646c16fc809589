// A ledger entry as text: serialised once, the same text goes to PostgreSQL and to the spool.
// It must not change what an entry says, save for characters that PostgreSQL's jsonb cannot hold.
import { crc32 } from 'node:zlib';
import type { LedgerEntry } from '../../engine/ports.ts';

export interface EntryText {
  /** Highest sequence of this entry and all before it. */
  readonly last: number;
  readonly facts: number;
  readonly json: string;
}
export type StoredEntry = LedgerEntry & { readonly epoch: number };

// What jsonb refuses: U+0000 and halves of surrogate pairs, as JSON.stringify writes them (CL10, A10).
const refused = /\\u(?:0000|d[89a-f][0-9a-f]{2})/;

export function entryText(entry: LedgerEntry, epoch: number, before: number): EntryText {
  let json = JSON.stringify({ epoch, ...entry });
  // The test may hit an innocent `\\u0000` too; rewriting that changes nothing.
  if (refused.test(json)) json = JSON.stringify(inert({ epoch, ...entry }));
  return { last: entry.facts.at(-1)?.sequence ?? before, facts: entry.facts.length, json };
}

/** The value with every character that a database may refuse put as U+FFFD. */
export function inert(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\0', '\uFFFD').toWellFormed();
  if (Array.isArray(value)) return value.map(inert);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [inert(key), inert(inner)]));
}

// A line of the spool: checksum, last sequence, number of facts, entry. After a power cut a line may be short or hold zeros.
export function spoolLine({ last, facts, json }: EntryText): string {
  const body = `${String(last)} ${String(facts)} ${json}`;
  return `${checksum(body)} ${body}\n`;
}

/** Null for a line (without its newline) that is not whole. */
export function readSpoolLine(line: string): EntryText | null {
  const body = line.slice(9);
  if (line.slice(0, 9) !== `${checksum(body)} `) return null;
  const afterLast = body.indexOf(' ');
  const afterFacts = body.indexOf(' ', afterLast + 1);
  return {
    last: Number(body.slice(0, afterLast)),
    facts: Number(body.slice(afterLast + 1, afterFacts)),
    json: body.slice(afterFacts + 1),
  };
}

const checksum = (text: string): string => crc32(text).toString(16).padStart(8, '0');
