// Reports on real PostgreSQL: every figure is counted from facts that were recorded, and leads to its tickets and calls.
// It must not need calls or phones: facts of calls are put into the ledger as the engine would.
import t from 'tap';
import { openReports } from '../../server/adapters/postgres/tickets/reports.ts';
import type { Database } from '../../server/adapters/postgres/database.ts';
import type { Report } from '../../server/protocol/reports.ts';
import { openDesk } from '../doubles/api.ts';
import { Stand } from './ledger-stand.ts';
import { actorOf, officeOver, officer, seat } from './ticket-stand.ts';

type Behind = Report & { items: { id: string }[]; calls: string[] };

t.setTimeout(120_000);
const stand = await Stand.start();
t.teardown(() => stand.stop());
const minute = 60_000;
const start = Date.parse('2026-11-02T02:00:00Z');

/** Three transfers of three calls: one accepted after 6 s, one failed, one still open. */
async function callsOf(database: Database): Promise<void> {
  const facts: [string, string, Record<string, unknown>][] = [];
  for (const [n, outcome] of ['accepted', 'failed', 'open'].entries()) {
    const call = `c${n}`;
    facts.push([
      'call.answered',
      call,
      { seat: '1001', platform: '12345', waitMs: 3000, firstReceiver: '12345' },
    ]);
    facts.push([
      'transfer.started',
      call,
      {
        transfer: 't1',
        to: { line: '110' },
        from: '1001',
        fromPlatform: '12345',
        toPlatform: '110',
        class: 'urgent',
      },
    ]);
    if (outcome === 'accepted')
      facts.push([
        'transfer.accepted',
        call,
        { transfer: 't1', seat: '3001', platform: '110', requestToAnswerMs: 6000 },
      ]);
    if (outcome === 'failed') facts.push(['transfer.failed', call, { transfer: 't1', reason: 'no-answer' }]);
  }
  let sequence = 0;
  for (const [type, call, data] of facts)
    await database.pool.query(
      `insert into facts (sequence, type, time, call, platform, actor, data, epoch) values ($1, $2, $3, $4, '12345', '1001', $5, 1)`,
      [(sequence += 1), type, new Date(start), call, JSON.stringify(data)],
    );
}

await t.test(
  'R11 R14 R25 figures are counted from facts, and each leads to what it was counted from',
  async (t) => {
    const url = await stand.freshDatabase();
    const database = stand.database(url);
    const clock = { at: start, now: () => clock.at };
    const stands = await officeOver(database, { clock });
    const { office, reference } = stands;
    await callsOf(database);
    const unit = reference.units.find(({ emergencyTeam }) => emergencyTeam)?.code ?? '';
    const item = reference.catalogue.groups[0]?.items[0]?.id ?? '';

    // In time; late; never.
    const [good, late, never] = [
      await stands.open({ item }),
      await stands.open({ item }),
      await stands.open(),
    ];
    for (const ticket of [good, late, never]) {
      await stands.must(ticket, { name: 'accept', body: {} });
      await stands.must(ticket, { name: 'assign', body: { unit } });
    }
    await stands.must(good, { name: 'sign', body: {} });
    clock.at += 30 * 24 * 60 * minute;
    office.start();
    const missed = async () =>
      (
        await database.pool.query(
          "select 1 from ticket_facts where type = 'ticket.deadline-missed' and data ->> 'deadline' = 'sign'",
        )
      ).rowCount;
    while ((await missed()) !== 2) await new Promise((resume) => setTimeout(resume, 100));
    await office.stop();
    await stands.must(late, { name: 'sign', body: {} });
    // A unit returns it and disputes the duty; the supervisor decides.
    await stands.must(late, { name: 'return', body: { reason: '不属本单位职责', disputed: true } });
    await stands.must(
      late,
      { name: 'dispute-decide', body: { platform: '12345', note: '由城管处理' } },
      actorOf('sup-12345', 'supervisor', '12345'),
    );
    const handed = await stands.open({ summary: '打架' });
    await stands.must(handed, { name: 'handover', body: { to: '110' } });
    await stands.must(handed, { name: 'accept', body: {} }, officer);

    const desk = await openDesk({ tickets: office, reference, reports: openReports(database) });
    t.teardown(() => desk.app.close());
    const get = async (path: string, user = 'system') => {
      const answer = await desk.app.inject({ url: path, headers: desk.as(user) });
      return {
        status: answer.statusCode,
        body: (answer.body.startsWith('{') ? JSON.parse(answer.body) : {}) as Behind,
        text: answer.body,
      };
    };
    const time = `from=${new Date(start - minute).toISOString()}&to=${new Date(clock.at + minute).toISOString()}`;
    const figures = (report: Report, key: string) =>
      Object.fromEntries(
        Object.entries(report.rows.find((row) => row.key === key)?.figures ?? {}).map(([name, { count }]) => [
          name,
          count,
        ]),
      );

    const { body: disputes } = await get(`/v1/reports/disputes?by=unit&${time}`);
    t.same(disputes.totals, { returned: 1, disputed: 1, decided: 1 });
    t.match(
      disputes.rows.find(({ key }) => key === unit)?.name,
      reference.units.find(({ code }) => code === unit)?.name,
    );
    const { body: byItem } = await get(`/v1/reports/disputes?by=item&${time}`);
    t.match(figures(byItem, item), { returned: 1, disputed: 1, decided: 1 });

    const { body: punctuality } = await get(`/v1/reports/punctuality?by=unit&${time}`);
    t.match(figures(punctuality, unit), { 'sign.in-time': 1, 'sign.late': 1, 'sign.unmet': 1 });
    const link = punctuality.rows.find(({ key }) => key === unit)?.figures['sign.unmet']?.tickets ?? '';
    t.same(
      (await get(link)).body.items.map(({ id }) => id),
      [never.id],
      'the figure leads to its ticket',
    );

    const { body: platforms } = await get(`/v1/reports/platforms?${time}`);
    t.match(figures(platforms, '12345'), { opened: 4, accepted: 3, 'handed-over': 1 });
    t.match(figures(platforms, '110'), { accepted: 1 });
    const { body: units } = await get(`/v1/reports/units?${time}`);
    t.match(figures(units, unit), { assigned: 3, signed: 2, returned: 1 });
    const { body: seats } = await get(`/v1/reports/seats?${time}`);
    t.match(figures(seats, seat.user), { opened: 4, accepted: 3, answered: 3, transfer: 3 });
    t.match(figures(seats, '3001'), { accepted: 1, taken: 1 });

    const { body: transfers } = await get(`/v1/reports/transfers?${time}`);
    t.match(figures(transfers, '110'), {
      transfer: 3,
      'transfer.accepted': 1,
      'transfer.failed': 1,
      'transfer.open': 1,
    });
    t.equal(transfers.rows[0]?.figures['transfer.accepted']?.meanMinutes, 0.1);
    t.same((await get(transfers.rows[0]?.figures['transfer.failed']?.tickets ?? '')).body.calls, ['c1']);
    const { body: why } = await get(`/v1/reports/transfers?by=reason&${time}`);
    t.match(figures(why, 'no-answer'), { 'transfer.failed': 1 });

    // R28: a platform sees what it had a part in; seats see none of it.
    const { body: police } = await get(`/v1/reports/platforms?${time}`, 'sup-110');
    t.same(figures(police, '12345'), { 'handed-over': 1 }, 'when it happened');
    t.equal((await get(`/v1/reports/platforms?${time}`, '1001')).status, 403);
    t.equal((await get(`/v1/reports/disputes?by=seat&${time}`)).status, 422);

    const { text, status } = await get('/v1/reports/consultation?quarter=2026-Q4');
    t.equal(status, 200);
    t.match(text, '2026年第4季度');
    t.match(text, '管辖争议 1 件次');
    t.notMatch(text, /<script|<img/);
  },
);

await t.test('R13 analysts read views alone, and every column says what it is', async (t) => {
  const url = await stand.freshDatabase();
  await officeOver(stand.database(url));
  const owner = await stand.superuser(url);
  const views = ['analyst_tickets', 'analyst_ticket_facts', 'analyst_deadlines', 'analyst_figures'];
  const { rows } = await owner.query(
    `select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relname = any($1) and a.attnum > 0 and col_description(c.oid, a.attnum) is null`,
    [views],
  );
  t.same(rows, [], 'no column without a comment');
  await owner.query('set role hotline_analyst');
  for (const view of views) t.equal((await owner.query(`select * from ${view} limit 1`)).rowCount, 0, view);
  for (const wrong of [
    'select * from tickets',
    'select * from report_figures',
    'select * from facts',
    "update analyst_tickets set state = 'closed'",
    'delete from analyst_ticket_facts',
  ])
    await t.rejects(owner.query(wrong), { code: /42501|55000/ }, wrong);
});
