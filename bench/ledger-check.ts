// Asks PostgreSQL itself what became of each call of a run: none lost, none twice, no number left out.
// It must not ask the server: its word is what is checked.
import pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';

export type LedgerCheck = {
  readonly asked: number;
  /** Callers without exactly one call in the ledger. */
  readonly missing: number;
  readonly twice: number;
  readonly notEnded: number;
  /** Calls whose facts have not exactly one arrival and one end. */
  readonly unevenFacts: number;
  /** Numbers left out in the sequence of facts (CL7). */
  readonly gaps: number;
  readonly facts: number;
};

type Row = {
  readonly number: string;
  readonly calls: string;
  readonly open: string;
  readonly uneven: string;
};

/** Waits up to `withinMs` for the last batches, then counts. */
export async function checkLedger(
  url: string,
  numbers: readonly string[],
  withinMs = 10_000,
): Promise<LedgerCheck> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const seen = await count(client, numbers);
      if ((seen.missing === 0 && seen.notEnded === 0 && seen.unevenFacts === 0) || Date.now() > deadline)
        return seen;
      await sleep(250);
    }
  } finally {
    await client.end();
  }
}

async function count(client: pg.Client, numbers: readonly string[]): Promise<LedgerCheck> {
  const { rows } = await client.query<Row>(
    `select c.number, count(*) as calls, count(*) filter (where c.live or c.ended_at is null) as open,
            count(*) filter (where f.arrived <> 1 or f.ended <> 1) as uneven
       from calls c
       cross join lateral (
         select count(*) filter (where type = 'call.arrived') as arrived, count(*) filter (where type = 'call.ended') as ended
           from facts where facts.call = c.id) f
      where c.number = any($1) group by c.number`,
    [numbers],
  );
  const sequence = await client.query<{ facts: string; span: string | null }>(
    'select count(*) as facts, max(sequence) - min(sequence) + 1 as span from facts',
  );
  const sum = (read: (row: Row) => number): number => rows.reduce((total, row) => total + read(row), 0);
  const facts = Number(sequence.rows[0]?.facts ?? 0);
  return {
    asked: numbers.length,
    missing: numbers.length - rows.length,
    twice: rows.filter((row) => Number(row.calls) > 1).length,
    notEnded: sum((row) => Number(row.open)),
    unevenFacts: sum((row) => Number(row.uneven)),
    gaps: Number(sequence.rows[0]?.span ?? 0) - facts,
    facts,
  };
}

/** Empty when all is there; otherwise what is wrong, in words. */
export function faultsOf(check: LedgerCheck): string[] {
  const faults: [number, string][] = [
    [check.missing, 'callers without a call in the ledger'],
    [check.twice, 'callers with more than one call'],
    [check.notEnded, 'calls without an end'],
    [check.unevenFacts, 'calls without exactly one call.arrived and one call.ended'],
    [check.gaps, 'sequence numbers left out'],
  ];
  return faults.filter(([count]) => count !== 0).map(([count, words]) => `${count} ${words}`);
}
