// Knowledge in PostgreSQL: entries with their versions, uses and doubts, and the questions nothing was found for.
// It must not find anything: the engine does, in memory.
import { randomUUID } from 'node:crypto';
import type { KnowledgeStore, KnowledgeWish } from '../../../engine/tickets/knowledge.ts';
import type { KnowledgeEntry } from '../../../protocol/knowledge.ts';
import type { Database } from '../database.ts';
import { inert } from '../entry-text.ts';
import { reading, transaction } from './transaction.ts';

interface Row {
  readonly id: string;
  readonly version: number;
  readonly question: string;
  readonly answer: string;
  readonly category: string;
  readonly unit: string;
  readonly words: string[];
  readonly valid_from: Date | null;
  readonly valid_until: Date | null;
  readonly flag: KnowledgeEntry['flag'] | null;
  readonly uses: number;
  readonly last_used_at: Date | null;
  readonly changed_at: Date;
  readonly changed_by: string;
}

const entryOf = (row: Row): KnowledgeEntry => ({
  id: row.id,
  version: row.version,
  question: row.question,
  answer: row.answer,
  category: row.category,
  unit: row.unit,
  words: row.words,
  ...(row.valid_from === null ? {} : { validFrom: row.valid_from.toISOString() }),
  ...(row.valid_until === null ? {} : { validUntil: row.valid_until.toISOString() }),
  ...(row.flag ? { flag: row.flag } : {}),
  uses: row.uses,
  ...(row.last_used_at === null ? {} : { lastUsedAt: row.last_used_at.toISOString() }),
  changedAt: row.changed_at.toISOString(),
  changedBy: row.changed_by,
});

// What it was before is kept in the same statement that changes it.
const remembered = (which: string): string => `
  insert into knowledge_history (id, version, body, until, by)
  select k.id, k.version, to_jsonb(k), $2, $3 from knowledge k where ${which}`;
const taken = `
  set version = k.version + 1, question = n.question, answer = n.answer, category = n.category, unit = n.unit,
    words = array(select jsonb_array_elements_text(n.words)), valid_from = n."validFrom", valid_until = n."validUntil",
    flag = null, changed_at = $2, changed_by = $3, changed = nextval('knowledge_changes')`;
const news = `n as (select * from jsonb_to_recordset($1::jsonb) as r (id text, question text, answer text, category text,
  unit text, words jsonb, "validFrom" timestamptz, "validUntil" timestamptz))`;

export function openKnowledge(database: Database): KnowledgeStore {
  const rows = <R extends object>(text: string, values: readonly unknown[] = []): Promise<readonly R[]> =>
    reading(async () => (await database.pool.query<R>(text, [...values])).rows);
  const some = async (text: string, values: readonly unknown[]): Promise<boolean> =>
    (await rows(text, values)).length > 0;
  return {
    async state() {
      const [one] = await rows<{ state: string }>(
        "select count(*) || ' ' || coalesce(sum(changed), 0) as state from knowledge",
      );
      return one?.state ?? '';
    },
    all: async () => (await rows<Row>('select * from knowledge order by category, question')).map(entryOf),
    put: (entries, by, at) =>
      transaction(database, async (client) => {
        const wishes = inert(entries.map((entry) => ({ ...entry, id: entry.id ?? '' }))) as KnowledgeWish[];
        const values = [JSON.stringify(wishes), new Date(at), by];
        // Two imports at once would each see what the other has not written yet.
        await client.query('lock table knowledge in share row exclusive mode');
        const same = '(k.id = n.id or (k.category = n.category and k.question = n.question))';
        const { rows: changed } = await client.query<{ id: string }>(
          `with ${news}, remembered as (${remembered(`exists (select from n where ${same})`)})
           update knowledge k ${taken} from n where ${same} returning k.id`,
          values,
        );
        const { rows: added } = await client.query<{ id: string }>(
          `with ${news}
           insert into knowledge (id, version, question, answer, category, unit, words, valid_from, valid_until,
             changed_at, changed_by, changed)
           select case when n.id = '' then $4::text || '-' || row_number() over () else n.id end, 1, n.question, n.answer, n.category, n.unit,
             array(select jsonb_array_elements_text(n.words)), n."validFrom", n."validUntil", $2, $3,
             nextval('knowledge_changes')
           from n where not exists (select from knowledge k where ${same}) returning id`,
          [...values, randomUUID()],
        );
        return [...changed, ...added].map(({ id }) => id);
      }),
    change: (id, version, body, by, at) =>
      some(
        `with ${news}, remembered as (${remembered('k.id = $4 and k.version = $5')})
         update knowledge k ${taken} from n where k.id = $4 and k.version = $5 returning 1`,
        [JSON.stringify(inert([body])), new Date(at), by, id, version],
      ),
    remove: (id, by, at) =>
      some(
        `with remembered as (${remembered('k.id = $1')}) delete from knowledge where id = $1 returning 1`,
        [id, new Date(at), by],
      ),
    used: (id, at) =>
      some(
        `update knowledge set uses = uses + 1, last_used_at = $2, changed = nextval('knowledge_changes')
         where id = $1 returning 1`,
        [id, new Date(at)],
      ),
    flag: (id, flag) =>
      some(
        "update knowledge set flag = $2, changed = nextval('knowledge_changes') where id = $1 returning 1",
        [id, JSON.stringify(inert(flag))],
      ),
    async missed(question, platform, at) {
      await rows(
        `insert into knowledge_misses as m (question, asked, platform, first_at, last_at) values ($1, 1, $2, $3, $3)
         on conflict (question) do update set asked = m.asked + 1, last_at = excluded.last_at, settled_at = null`,
        [inert(question), platform, new Date(at)],
      );
    },
    async misses(limit) {
      const found = await rows<{ question: string; asked: number; first_at: Date; last_at: Date }>(
        `select question, asked, first_at, last_at from knowledge_misses where settled_at is null
         order by asked desc, last_at desc limit $1`,
        [limit],
      );
      return found.map(({ question, asked, first_at, last_at }) => ({
        question,
        asked,
        firstAt: first_at.toISOString(),
        lastAt: last_at.toISOString(),
      }));
    },
    settle: (question, by, at) =>
      some(
        `update knowledge_misses set settled_at = $2, settled_by = $3
         where question = $1 and settled_at is null returning 1`,
        [question, new Date(at), by],
      ),
  };
}
