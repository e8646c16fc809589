// Notices of major matters without servers: raised with the tag, chased in time, acknowledged once, the same after a restart;
// and their two routes. The desk runs on a ledger in memory that may be away at first.
import { test } from 'tap';
import { newsOf } from '../../server/domain/notice/raising.ts';
import { acknowledge, chase, nextChase, remember } from '../../server/domain/notice/notices.ts';
import type { Notices } from '../../server/domain/notice/notices.ts';
import type { Fact } from '../../server/protocol/facts.ts';
import type { Tag } from '../../server/protocol/words.ts';
import { readFamily } from '../../server/engine/late-facts.ts';
import { openDesk } from '../doubles/api.ts';

const start = Date.parse('2026-11-22T02:00:00.000Z');
const call = { id: 'c-1', platform: '12345' };
const tag = (name: Tag['class']): Tag => ({
  class: name,
  item: '',
  region: '',
  place: '码头',
  summary: '起火',
});
let sequence = 0;
const fact = (type: string, data: Fact['data'], at: number, actor: string): Fact => ({
  sequence: (sequence += 1),
  type,
  time: new Date(at).toISOString(),
  call: call.id,
  platform: String(data['platform']),
  actor,
  data,
});
const raised = (): Fact[] =>
  newsOf(call, null, tag('major'), ['12345', '110'])
    .filter(({ type }) => type === 'notice.raised')
    .map(({ type, data }) => fact(type, { ...data }, start, '1001'));

test('WR2 R24 major is news to every platform, urgent to its own, the same again to nobody', (t) => {
  const types = (before: Tag | null, after: Tag) =>
    newsOf(call, before, after, ['12345', '110']).map(({ type, data }) => [type, data['platform']].join(' '));
  t.same(types(null, tag('general')), []);
  t.same(types(null, tag('urgent')), ['notice.given 12345']);
  t.same(types(tag('urgent'), tag('major')), ['alarm.major ', 'notice.raised 12345', 'notice.raised 110']);
  t.same(types(tag('major'), tag('major')), []);
  t.end();
});

test('WR2 chased each 30 s until acknowledged; one platform does not answer for the other; a restart changes nothing', (t) => {
  const facts = raised();
  let notices: Notices = facts.reduce(remember, new Map());
  t.equal(nextChase(notices, 30), start + 30_000);
  t.same(chase(notices, start + 29_999, 30).written, []);
  let step = chase(notices, start + 30_000, 30);
  t.same(
    step.written.map(({ platform, fact: { type, data } }) => [platform, type, data['chased']]),
    [
      ['12345', 'notice.chased', 1],
      ['110', 'notice.chased', 1],
    ],
  );
  notices = step.notices;
  t.equal(nextChase(notices, 30), start + 60_000);

  const said = acknowledge(
    notices,
    { call: 'c-1', platform: '110', by: 'sup-110', note: '已派警' },
    start + 31_000,
  );
  if ('ok' in said) throw new Error('refused');
  t.match(said.written, [
    {
      platform: '110',
      fact: { type: 'notice.acknowledged', actor: 'sup-110', data: { note: '已派警', waitedSeconds: 31 } },
    },
  ]);
  t.match(acknowledge(said.notices, { call: 'c-1', platform: '110', by: 'x', note: null }, start), {
    code: 'already-so',
  });
  t.match(acknowledge(said.notices, { call: 'c-2', platform: '110', by: 'x', note: null }, start), {
    code: 'not-found',
  });

  const newest = [...step.written, ...said.written].reduce(
    (kept, { fact: { type, actor, data } }) =>
      kept.set(
        String(data['about']),
        fact(type, { ...data }, type === 'notice.acknowledged' ? start + 31_000 : start + 30_000, actor),
      ),
    new Map<string, Fact>(),
  );
  const again: Notices = [...newest.values()].reduce(remember, new Map());
  t.same([...again].sort(), [...said.notices].sort(), 'put together from the newest facts alone');

  step = chase(again, start + 3_600_000, 30);
  t.same(
    step.written.map(({ platform, fact: { data } }) => [platform, data['chased']]),
    [['12345', 120]],
    'an hour away is chased once',
  );
  t.equal(nextChase(step.notices, 30), start + 3_630_000);
  t.equal(
    chase(step.notices, start + 100_000_000, 30).notices.size,
    1,
    'acknowledged ones are forgotten after a day',
  );
  t.end();
});

test('SV6 WR2 what was kept as facts is read again when the database is back', async (t) => {
  const facts = raised();
  let whole = false;
  const ledger = { newestAbout: () => Promise.resolve({ facts: whole ? facts : [], whole }) };
  const quiet = { debug() {}, info() {}, warn() {}, error() {} };
  const takes: number[] = [];
  const stop = await readFamily(
    { ledger, log: quiet } as unknown as Parameters<typeof readFamily>[0],
    'notice',
    (read) => takes.push(read.length),
  );
  t.teardown(stop);
  t.same(takes, [0], 'calls do not wait for it');
  whole = true;
  for (let left = 100; left > 0 && takes.length < 2; left -= 1)
    await new Promise((done) => setTimeout(done, 50));
  t.same(takes, [0, 2]);
});

test("WR2 R24 routes: a supervisor sees and acknowledges its own platform's alone, masked and audited; seats may not", async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  const ask = (user: string, method: 'GET' | 'POST', url: string, payload?: object) =>
    desk.app.inject({ method, url: `/v1${url}`, headers: desk.as(user), ...(payload ? { payload } : {}) });
  const listed = await ask('sup-110', 'GET', '/notices');
  t.match(listed.json(), { items: [{ platform: '110', chased: 1, summary: '厂房起火，联系人139****0001' }] });
  t.equal(listed.json<{ items: unknown[] }>().items.length, 1);
  t.equal((await ask('1001', 'GET', '/notices')).statusCode, 403);
  t.equal((await ask('1001', 'POST', '/notices/c-1/acknowledge', {})).statusCode, 403);
  const told = await ask('sup-110', 'POST', '/notices/c-1/acknowledge', { note: '已派警' });
  t.match([told.statusCode, told.json()], [202, { call: 'c-1', platform: '110', version: 3 }]);
  t.match(desk.engine.notices.asked, [{ platform: '110', actor: { user: 'sup-110' }, note: '已派警' }]);
  t.equal((await ask('sup-110', 'POST', '/notices/c-9/acknowledge', {})).statusCode, 404);
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.ok(
    desk.audit.rows.some(
      ({ action, actor, subject }) =>
        action === 'notice.acknowledge' && actor === 'sup-110' && subject === 'c-1',
    ),
  );
});
