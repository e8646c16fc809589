// Lists and searches over more tickets than one window holds: every page, put together, is what a plain look at all rows gives.
// It must not time anything: the bench does.
import { Client } from 'pg';
import t from 'tap';
import type { Test } from 'tap';
import { termsOf, comparedText } from '../../server/domain/ticket/words.ts';
import type { TicketFilter } from '../../server/engine/tickets/ports.ts';
import { Stand } from './ledger-stand.ts';
import { officeOver } from './ticket-stand.ts';

t.setTimeout(120_000);
const stand = await Stand.start();
t.teardown(() => stand.stop());
const url = await stand.freshDatabase();
const office = await officeOver(stand.database(url));
const sample = await office.open();
const db = new Client({ connectionString: url });
await db.connect();
t.teardown(() => db.end());

const count = 40_000;
const states = ['new', 'accepted', 'assigned', 'closed', 'closed', 'closed', 'returned'];
const made = Array.from({ length: count }, (_, n) => {
  const said = [
    n % 2 === 0 ? '夜间噪音' : '',
    n % 3 === 0 && n % 2 !== 0 ? '路灯故障' : '',
    n === 5 || n === 39_000 ? '恐龙' : '',
    n < 9000 ? '疫情' : '',
    n % 5000 === 7 ? 'KTV 噪杂' : '',
  ];
  return {
    n,
    id: `v-${n}`,
    summary: said.filter((each) => each !== '').join('，') || '咨询',
    place: `向阳街第${n % 977}号`,
    platform: n % 5 === 0 ? '110' : '12345',
    platforms: n % 10 === 0 ? ['110', '12345'] : [n % 5 === 0 ? '110' : '12345'],
    state: states[n % 7] ?? 'new',
    class: n % 50 === 0 ? 'urgent' : 'general',
    item: n % 4 === 0 ? 'health-1' : '',
    region: n % 3 === 0 ? '450702' : n % 3 === 1 ? '450721' : '',
    unit: n % 7 < 2 ? null : n % 2 === 0 ? 'u-even' : 'u-odd',
    source: n % 4001 === 1 ? 'patrol' : 'phone',
  };
});
type Row = (typeof made)[number];
const rows = made.map((row) => ({
  ...row,
  text: comparedText(row.summary, row.place, row.id),
  terms: termsOf([row.summary, row.place], row.id),
}));
for (let at = 0; at < count; at += 10_000)
  await db.query(
    `with row as (
       select * from jsonb_to_recordset($1::jsonb) as r (n integer, id text, summary text, place text, platform text, platforms jsonb,
         state text, class text, item text, region text, unit text, source text, text text, terms jsonb)
     ), written as (
       insert into tickets (id, serial, version, platform, origin_platform, platforms, class, state, source, item, region, unit,
         emergency, overdue, opened_at, changed_at, body)
       select id, id, 1, platform, platform, array(select jsonb_array_elements_text(platforms)), class, state, source, item, region,
         unit, false, false, $2::timestamptz + n * interval '1 second', $2, $3::jsonb || jsonb_build_object('id', id)
       from row order by n returning position, id
     )
     insert into ticket_words (position, text, words)
     select position, text, array_to_tsvector(array(select jsonb_array_elements_text(terms)) || ticket_blocks(position)
       || ticket_marks(platform, region, item))
     from written join row using (id)`,
    [
      JSON.stringify(rows.slice(at, at + 10_000)),
      new Date(Date.parse(sample.openedAt) + 1000),
      JSON.stringify(sample),
    ],
  );
await db.query('vacuum (analyze) tickets, ticket_words');

/** Every page to the end; a search's may be short or empty on the way. */
async function all(filter: Omit<TicketFilter, 'limit'>, limit: number, most = 400): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await office.store.list({ ...filter, limit, ...(cursor === undefined ? {} : { cursor }) });
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && ids.length < most);
  return ids;
}
const expected = (test: (row: Row) => boolean): string[] =>
  made
    .filter(test)
    .map(({ id }) => id)
    .reverse();
const same = async (
  t: Test,
  filter: Omit<TicketFilter, 'limit'>,
  test: (row: Row) => boolean,
  name: string,
): Promise<void> => {
  const ids = (await all(filter, 37)).filter((id) => id !== sample.id);
  t.same(ids, expected(test).slice(0, ids.length < 400 ? count : ids.length), name);
};

await t.test('R13 search: windows that grow and shrink skip and repeat nothing', async (t) => {
  await same(t, { q: '噪音' }, ({ n }) => n % 2 === 0, 'a common word');
  await same(t, { q: '恐龙' }, ({ n }) => n === 5 || n === 39_000, 'a rare one');
  await same(t, { q: '疫情' }, ({ n }) => n < 9000, 'one nobody has used lately, and everybody before');
  await same(t, { q: '噪音 路灯' }, () => false, 'words that never meet');
  await same(t, { q: '疫情 路灯' }, ({ n }) => n < 9000 && n % 6 === 3, 'words that met long ago');
  await same(t, { q: '第77号' }, ({ n }) => n % 977 === 77, 'a number with its characters');
  await same(t, { q: '号' }, () => true, 'one character, everywhere');
  await same(t, { q: '杂' }, ({ n }) => n % 5000 === 7, 'one character, seldom');
  await same(t, { q: 'ktv' }, ({ n }) => n % 5000 === 7, 'a Latin word');
  await same(t, { q: 'v-39000' }, ({ n }) => n === 39_000, 'a serial');
  await same(t, { q: '噪音', state: 'returned' }, ({ n }) => n % 14 === 6, 'with a filter');
  await same(t, { q: '噪音', region: '450702', platform: '110' }, ({ n }) => n % 30 === 0, 'with two');
  await same(t, { q: '路灯', item: 'health-1' }, () => false, 'with one it never meets');
  await same(t, { q: '噪音', source: 'patrol' }, ({ n }) => n % 8002 === 4002, 'with one that is seldom met');
});

await t.test(
  'R13 lists: put together from walks by state or platform, in the same order as ever',
  async (t) => {
    await same(t, {}, () => true, 'all');
    await same(t, { platform: '110' }, (row) => row.platform === '110', 'platform');
    await same(t, { state: 'returned' }, (row) => row.state === 'returned', 'state');
    await same(t, { platform: '12345', state: 'new' }, ({ n }) => n % 7 === 0 && n % 5 !== 0, 'both');
    await same(t, { item: 'health-1' }, ({ n }) => n % 4 === 0, 'item');
    await same(t, { item: 'health-1', region: '450721' }, ({ n }) => n % 12 === 4, 'item and division');
    await same(t, { region: '450702', state: 'assigned' }, ({ n }) => n % 21 === 9, 'division and state');
    await same(t, { region: '450702', state: 'escalated' }, () => false, 'that never meet');
    await same(
      t,
      { unit: 'u-odd', platform: '110' },
      (row) => row.unit === 'u-odd' && row.n % 5 === 0,
      'unit',
    );
    await same(t, { class: 'urgent' }, ({ n }) => n % 50 === 0, 'class');
    await same(t, { class: 'urgent', region: '450702' }, ({ n }) => n % 150 === 0, 'class and division');
    await same(t, { source: 'patrol' }, ({ n }) => n % 4001 === 1, 'source');
    await same(t, { platform: '110', concerning: '12345' }, ({ n }) => n % 10 === 0, 'shared with the other');
  },
);
