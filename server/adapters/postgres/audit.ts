// The audit: an append-only table whose rows are chained by SHA-256, with its head witnessed outside the database (G24).
// It must not trust the database when it verifies: hashes are made anew here, over the very text that was stored.
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Transaction } from 'kysely';
import type { Audit, AuditAbout, AuditEntry, AuditRow, AuditVerdict } from '../../engine/security-ports.ts';
import type { Database } from './database.ts';
import { inert } from './entry-text.ts';
import { StoreFailure, isDataRefused } from './failures.ts';
import { AuditWitness } from './audit-witness.ts';
import type { AuditHead } from './audit-witness.ts';
import { GroupCommit } from './group-commit.ts';
import type { Tables } from './schema.ts';

const rowsAtOnce = 1000;
const mostABatch = 500;
export const beforeFirst = '0'.repeat(64);

const hashOf = (content: string): string => createHash('sha256').update(content, 'utf8').digest('hex');

type Content = readonly [string, number, number, string, string, string, Readonly<Record<string, unknown>>];

export interface AuditParts {
  readonly database: Database;
  /** Outside the database's folder, on other storage where there is any. */
  readonly witnessFile: string;
}

export async function openAudit({
  database,
  witnessFile,
}: AuditParts): Promise<Audit & { close(): Promise<void> }> {
  const { query } = database;
  const witness = await AuditWitness.open(witnessFile);

  const group = new GroupCommit<readonly AuditEntry[], number>({
    write: async (pieces) => {
      const head = await query.transaction().execute((step) => appendAll(step, pieces.flat()));
      await witness.keep(head);
      let number = head.number - pieces.flat().length;
      return pieces.map(({ length }) => (number += length));
    },
    most: mostABatch,
    // A chain has no row that could be at fault alone, so nothing is gained by taking them one by one.
    hopeless: (error) => !isDataRefused(error),
  });
  const append = (...entries: readonly AuditEntry[]): Promise<number> => group.add(entries);

  const verify = async (from = 1, to?: number): Promise<AuditVerdict> => {
    // The witness is read before the rows: rows may be added meanwhile, but none that it knows of may be missing.
    const known = await witness.read();
    const before =
      from > 1
        ? await query
            .selectFrom('audit')
            .select('hash')
            .where('number', '=', from - 1)
            .executeTakeFirst()
        : null;
    if (before === undefined) return { ok: false, number: from - 1, reason: 'missing' };
    let previous = before?.hash ?? beforeFirst;
    let next = from;
    for (;;) {
      const rows = await query
        .selectFrom('audit')
        .select(['number', 'content', 'hash'])
        .where('number', '>=', next)
        .where('number', '<=', Math.min(next + rowsAtOnce - 1, to ?? Infinity))
        .orderBy('number')
        .execute();
      for (const row of rows) {
        const fault = faultOf(row, next, previous);
        if (fault) return { ok: false, number: next, reason: fault };
        if (row.number === known?.number && row.hash !== known.hash)
          return { ok: false, number: next, reason: 'head-differs' };
        previous = row.hash;
        next += 1;
      }
      if (rows.length < rowsAtOnce) break;
    }
    // A tail cut off leaves a perfect chain: only who remembers the head can tell.
    const end = Math.max(known?.number ?? 0, await headOf());
    if (next <= Math.min(to ?? Infinity, end)) return { ok: false, number: next, reason: 'missing' };
    return { ok: true, rows: next - from, head: previous };
  };
  const headOf = async (): Promise<number> => {
    const head = await query.selectFrom('audit_head').select('number').executeTakeFirst();
    return head?.number ?? 0;
  };

  const list = async (cursor: string | null, limit: number, about: AuditAbout = {}) => {
    const before = cursor === null ? Number.MAX_SAFE_INTEGER : Number(cursor);
    if (!Number.isSafeInteger(before)) {
      throw new StoreFailure('invalid-field', 'The cursor is not one of ours; start again without it.', {
        field: 'cursor',
      });
    }
    let rowsOf = query
      .selectFrom('audit')
      .select(['number', 'content', 'hash'])
      .where('number', '<', sql<number>`${before}::bigint`);
    for (const column of ['actor', 'subject', 'action'] as const) {
      const wanted = about[column];
      if (wanted !== undefined) rowsOf = rowsOf.where(sql.ref(column), '=', wanted);
    }
    const rows = await rowsOf
      .orderBy('number', 'desc')
      .limit(limit + 1)
      .execute();
    const items = rows.slice(0, limit).map(asRow);
    return { items, next: rows.length > limit ? String(items.at(-1)?.number ?? 0) : null };
  };
  return { append, verify, list, close: () => witness.close() };
}

/** The head's lock puts the batches of all nodes in one line; each row's hash takes in the one before. */
async function appendAll(step: Transaction<Tables>, entries: readonly AuditEntry[]): Promise<AuditHead> {
  const last = await step
    .selectFrom('audit_head')
    .select(['number', 'hash'])
    .forUpdate()
    .executeTakeFirstOrThrow();
  let { number, hash } = last;
  const rows = entries.map((entry) => {
    const details = inert(entry.details);
    const [actor, action, subject] = [entry.actor, entry.action, entry.subject].map((text) => inert(text));
    number += 1;
    const content = JSON.stringify([hash, number, entry.at, actor, action, subject, details]);
    hash = hashOf(content);
    return { number, content, hash };
  });
  const column = (name: 'number' | 'content' | 'hash') => rows.map((row) => row[name]);
  await sql`with written as (
      insert into audit (number, content, hash)
      select * from unnest(${column('number')}::bigint[], ${column('content')}::text[], ${column('hash')}::text[])
    ) update audit_head set number = ${number}, hash = ${hash}`.execute(step);
  return { number, hash };
}

interface StoredRow {
  readonly number: number;
  readonly content: string;
  readonly hash: string;
}

function faultOf(
  row: StoredRow,
  expected: number,
  previous: string,
): 'changed' | 'missing' | 'not-chained' | null {
  if (row.number !== expected) return 'missing';
  if (hashOf(row.content) !== row.hash) return 'changed';
  const [before, number] = JSON.parse(row.content) as Content;
  return before === previous && number === expected ? null : 'not-chained';
}

function asRow({ number, content, hash }: StoredRow): AuditRow {
  const [previousHash, , at, actor, action, subject, details] = JSON.parse(content) as Content;
  return { number, previousHash, hash, at, actor, action, subject, details };
}
