// What screens read beside the floor: a number's history before the answer, a day against a usual one, the audit about one
// subject. It must not test what the ledger counts: test/real does.
import { test } from 'tap';
import { openDesk } from '../doubles/api.ts';
import { callView } from '../doubles/views.ts';

const number = '13987650001';

void test("TR3 OF3 the seat that is offered a call reads its number's history, without the number; others do not", async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  desk.engine.live.set('c-9', callView('c-9', '12345', number, '1001'));
  const before = callView('c-1', '12345', number, null, {
    phase: 'ended',
    arrivedAt: new Date(desk.clock.at - 3_600_000).toISOString(),
    answeredAt: new Date(desk.clock.at - 3_590_000).toISOString(),
    tag: { class: 'urgent', item: 'noise', region: '', place: '', summary: `请回电 ${number}` },
  });
  desk.engine.nuisance.past = [desk.engine.live.get('c-9') ?? before, before];
  const ask = (user: string, id: string) =>
    desk.app.inject({ method: 'GET', url: `/v1/calls/${id}/history`, headers: desk.as(user) });
  const answered = await ask('1001', 'c-9');
  t.equal(answered.statusCode, 200);
  t.match(answered.json(), {
    calls: 1,
    lastDay: 1,
    nuisance: 'marked',
    recent: [{ id: 'c-1', answered: true, class: 'urgent', item: 'noise' }],
    tickets: [],
  });
  t.notOk(answered.body.includes(number), 'not even inside a summary');
  t.equal((await ask('1002', 'c-9')).statusCode, 404);
  t.equal((await ask('audit', 'c-9')).statusCode, 403);
  desk.engine.live.set('c-8', callView('c-8', '12345', 'anonymous', '1001'));
  t.same((await ask('1001', 'c-8')).json(), { calls: 0, lastDay: 0, recent: [], tickets: [] });
});

void test('R14 a day by quarters beside the mean of the same weekday of four weeks, read once for many walls', async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  const from = '2026-11-22T00:00:00.000+08:00';
  const ask = () =>
    desk.app.inject({
      method: 'GET',
      url: `/v1/reports/volume?from=${encodeURIComponent(from)}`,
      headers: desk.as('sup-12345'),
    });
  const answered = await ask();
  t.match(answered.json(), {
    quarters: [{ at: '2026-11-22T02:00:00.000Z', offered: 4, answeredInTime: 2, borrowed: 1 }],
    usual: { days: 4, quarters: [{ at: '2026-11-22T02:00:00.000Z', offered: 4 }] },
  });
  t.same(
    desk.engine.volumes.map((asked) => [asked.platform, asked.from]),
    [
      ['12345', '2026-11-21T16:00:00.000Z'],
      ['12345', '2026-11-14T16:00:00.000Z'],
      ['12345', '2026-11-07T16:00:00.000Z'],
      ['12345', '2026-10-31T16:00:00.000Z'],
      ['12345', '2026-10-24T16:00:00.000Z'],
    ],
  );
  await ask();
  t.equal(desk.engine.volumes.length, 5, 'kept for the next wall');
  desk.clock.at += 60_000;
  await ask();
  t.equal(desk.engine.volumes.length, 6, 'today is read anew, the usual day is not');
});

void test('R28 the auditor asks for everything about one subject, or by one person', async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  const row = { action: 'call.hold', details: {}, at: 0 };
  await desk.audit.append(
    { ...row, actor: '1001', subject: 'c-1' },
    { ...row, actor: '1002', subject: 'c-1' },
    { ...row, actor: '1001', subject: 'c-2' },
  );
  const subjects = async (query: string) =>
    (await desk.app.inject({ method: 'GET', url: `/v1/audit?${query}`, headers: desk.as('audit') }))
      .json<{ items: { actor: string; subject: string }[] }>()
      .items.map(({ actor, subject }) => `${actor} ${subject}`);
  t.same(await subjects('subject=c-1'), ['1002 c-1', '1001 c-1']);
  t.same(await subjects('actor=1001&action=call.hold'), ['1001 c-2', '1001 c-1']);
});
