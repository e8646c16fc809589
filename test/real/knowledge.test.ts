// Knowledge on real PostgreSQL through its routes: written, found, used, doubted, changed, imported, exported; what nobody
// answered yet is a list; two servers see each other's changes. It must not need calls.
import t from 'tap';
import { openKnowledge } from '../../server/adapters/postgres/tickets/knowledge.ts';
import { spoken } from '../../server/adapters/system/reference.ts';
import { Knowledge } from '../../server/engine/tickets/knowledge.ts';
import type { KnowledgeEntry } from '../../server/protocol/knowledge.ts';
import { openDesk } from '../doubles/api.ts';
import { Stand, until } from './ledger-stand.ts';

t.setTimeout(120_000);
const stand = await Stand.start();
t.teardown(() => stand.stop());

type Body = KnowledgeEntry & { items: KnowledgeEntry[]; taken: number };
async function deskOver(url: string) {
  const database = stand.database(url);
  await (await database.connect('test')).end();
  const clock = { now: Date.now };
  const desk = await openDesk({
    knowledge: new Knowledge({ store: openKnowledge(database), clock, spoken }),
  });
  const ask = async (
    user: string,
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: object,
  ) => {
    const answer = await desk.app.inject({
      method,
      url: `/v1/knowledge${path}`,
      headers: desk.as(user),
      ...(body === undefined ? {} : { payload: body }),
    });
    const parsed = answer.body.startsWith('{') ? (JSON.parse(answer.body) as Body) : ({} as Body);
    return { status: answer.statusCode, body: parsed, text: answer.body };
  };
  return { desk, ask };
}

await t.test(
  'R14 one question, one answer: kept, found, used, doubted, and what is missing is known',
  async (t) => {
    const url = await stand.freshDatabase();
    const [{ desk, ask }, other] = [await deskOver(url), await deskOver(url)];
    t.teardown(() => Promise.all([desk.app.close(), other.desk.app.close()]));
    const wish = {
      question: '居住证怎么办理',
      answer: '带身份证到辖区派出所。',
      category: '户籍',
      words: ['暂住证'],
    };
    t.equal((await ask('1001', 'POST', '', wish)).status, 403, 'seats do not write');
    const { body: made, status } = await ask('sup-12345', 'POST', '', wish);
    t.equal(status, 200);
    t.match(made, { version: 1, uses: 0, question: wish.question });
    t.equal(
      (await ask('sup-12345', 'POST', '', wish)).body.version,
      2,
      'the same question is changed, not doubled',
    );

    const ids = async (q: string, from = ask) =>
      (await from('1001', 'GET', `?q=${encodeURIComponent(q)}`)).body.items.map(({ id }) => id);
    for (const q of ['居住证', 'juzhuzheng', 'jzz', '暂住']) t.same(await ids(q), [made.id], q);
    t.same(await ids('居住证', other.ask), [made.id], 'another server has it');

    t.equal((await ask('1001', 'POST', `/${made.id}/use`)).body.uses, 1);
    const doubted = await ask('1001', 'POST', `/${made.id}/doubt`, { reason: '窗口搬了，电话13800000001' });
    t.match(doubted.body, { outdated: 'flagged', flag: { by: '1001' } });
    t.notMatch(doubted.text, '13800000001', 'no number is kept in a reason');
    await until(
      'the other server knows it',
      async () => (await other.ask('sup-12345', 'GET', '?outdated=true')).body.items.length === 1,
    );
    const change = { ...wish, answer: '到政务服务中心。', version: 1 };
    t.equal((await ask('sup-12345', 'PUT', `/${made.id}`, change)).status, 409, 'somebody else was first');
    const changed = await ask('sup-12345', 'PUT', `/${made.id}`, { ...change, version: 2 });
    t.match(changed.body, { version: 3, answer: '到政务服务中心。', uses: 1 });
    t.notOk(changed.body.outdated, 'a change lifts the doubt');

    for (const question of ['公积金怎么提取？', '公积金怎么提取', 'x恐龙13800000001'])
      t.same((await ask('1001', 'POST', '/ask', { question })).body.items, []);
    const { body: misses, text } = await ask('sup-12345', 'GET', '/misses');
    t.match(misses.items, [{ question: '公积金怎么提取', asked: 2 }, { asked: 1 }]);
    t.notMatch(text, '13800000001');
    t.equal((await ask('sup-12345', 'POST', '/misses/settle', { question: '公积金怎么提取' })).status, 200);
    t.equal((await ask('sup-12345', 'GET', '/misses')).body.items.length, 1);

    const many = Array.from({ length: 300 }, (_, n) => ({
      question: `第${n}个问题`,
      answer: '答',
      category: '导入',
    }));
    t.equal(
      (await ask('sup-12345', 'POST', '/import', { items: [...many, { ...wish, answer: '=1+1' }] })).body
        .taken,
      301,
    );
    t.equal(
      (await ask('sup-12345', 'POST', '/import', { items: [many[0], many[0]] })).status,
      422,
      'twice in one file',
    );
    t.equal(
      (await ask('sup-12345', 'POST', '/import', { items: [many[0], { question: 'x' }] })).status,
      422,
      'all or none',
    );
    const whole = await ask('sup-12345', 'GET', '/export');
    t.equal(whole.body.items.length, 301);
    t.equal(
      (await ask('sup-12345', 'POST', '/import', { items: whole.body.items })).body.taken,
      301,
      'what was exported is taken back',
    );
    const csv = await ask('sup-12345', 'GET', '/export?format=csv');
    t.ok(csv.text.startsWith('\uFEFF'));
    t.match(csv.text, "'=1+1", 'no cell runs as a formula');
    t.equal((await ask('sup-12345', 'DELETE', `/${made.id}`)).status, 200);
    t.equal((await ask('1001', 'GET', `/${made.id}`)).status, 404);
    const { rows } = await stand
      .database(url)
      .pool.query('select version from knowledge_history where id = $1', [made.id]);
    t.equal(rows.length, 5, 'every version it had stays on record');
  },
);
