// Nuisance callers without servers: marks and who decides on them, the score, the rank, the routes and the evidence file (R26).
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { test } from 'tap';
import { decideCall } from '../../server/domain/call/decide.ts';
import type { CallInput } from '../../server/domain/call/inputs.ts';
import { decideMark, endDue, isNuisance, nextEnd, remember } from '../../server/domain/nuisance/marks.ts';
import type { Marks } from '../../server/domain/nuisance/marks.ts';
import { scoreOf } from '../../server/domain/nuisance/score.ts';
import type { Fact } from '../../server/protocol/facts.ts';
import type { NuisanceCommand } from '../../server/protocol/nuisance.ts';
import type { CallView } from '../../server/protocol/views.ts';
import { rules as callRules } from '../call-world/site.ts';
import { openDesk } from '../doubles/api.ts';
import { callView } from '../doubles/views.ts';
import { unzip } from '../zip.ts';

const rules = { termDays: 30, proposalDays: 7 };
const day = 86_400_000;
const start = Date.parse('2026-11-22T02:00:00.000Z');
const number = '13987650001';

class Book {
  marks: Marks = new Map();
  facts: Fact[] = [];
  tell(call: string, actor: string, command: NuisanceCommand, at = start, of = number): string {
    const step = decideMark(rules, this.marks, { call, platform: '12345', number: of }, actor, command, at);
    if ('ok' in step) return step.code;
    this.marks = step.marks;
    for (const { mark, fact } of step.written)
      this.facts.push({
        ...fact,
        data: { ...fact.data },
        sequence: this.facts.length + 1,
        time: new Date(at).toISOString(),
        call: mark.call,
        platform: mark.platform,
      });
    return 'done';
  }
  last(at: number, platform = '12345'): boolean {
    return isNuisance(this.marks, platform, number, at);
  }
}
const mark = { name: 'mark', body: { reason: '辱骂' } } as const;
const confirm = { name: 'confirm', body: {} } as const;
const lift = { name: 'lift', body: { reason: '误标' } } as const;

test('R26 one press of a seat does nothing by itself; a second person confirms; it is over after its term', (t) => {
  const book = new Book();
  t.equal(book.tell('c-1', '1001', mark), 'done');
  t.notOk(book.last(start), 'a mark alone ranks nobody');
  t.equal(book.tell('c-2', '1002', mark), 'already-so', 'one mark for one number');
  t.equal(book.tell('c-1', '1001', confirm), 'forbidden', 'two pairs of eyes');
  t.equal(book.tell('c-9', 'sup-12345', confirm), 'not-found');
  t.equal(book.tell('c-1', 'sup-12345', confirm), 'done');
  t.equal(book.tell('c-1', 'sup-12345', confirm), 'already-so');
  t.ok(book.last(start + 1000));
  t.notOk(book.last(start + 1000, '110'), 'never on the other platform');
  t.equal(nextEnd(book.marks), start + 30 * day);
  t.same(endDue(book.marks, start + 30 * day - 1).written, []);
  const over = endDue(book.marks, start + 30 * day);
  t.match(over.written, [{ fact: { type: 'nuisance.lifted', actor: 'system:engine' } }]);
  t.notOk(isNuisance(over.marks, '12345', number, start + 30 * day));
  t.same(
    [...book.facts.reduce<Marks>(remember, new Map())],
    [...book.marks],
    'put together again from its facts',
  );
  t.equal(book.tell('c-1', 'sup-12345', lift), 'done');
  t.notOk(book.last(start + 1000));
  t.equal(book.tell('c-3', '1001', mark), 'done', 'it may be marked anew');
  t.match(endDue(book.marks, start + 7 * day).written, [{ fact: { type: 'nuisance.lapsed' } }]);
  t.equal(book.tell('c-4', '1001', mark, start, 'anonymous'), 'number-withheld');
  t.end();
});

test('R26 a hint from history: many and empty today, called so before; whoever was helped is heard', (t) => {
  const past = (n: number, more: Partial<CallView> = {}): CallView[] =>
    Array.from({ length: n }, (_, k) => {
      const at = start - k * 600_000;
      return callView(`c-${k}`, '12345', number, null, {
        phase: 'ended',
        arrivedAt: new Date(at).toISOString(),
        answeredAt: new Date(at + 1000).toISOString(),
        endedAt: new Date(at + 4000).toISOString(),
        ...more,
      });
    });
  const score = (calls: CallView[]) => scoreOf(calls, start, 30);
  t.match(score([]), { value: 0, calls: 0 });
  t.match(score(past(2)), { value: 15, lastDay: 2, brief: 2 });
  t.match(score(past(20, { disposition: 'nuisance' })), { value: 100, disposedNuisance: 20, lastDay: 20 });
  t.ok(score(past(20, { tickets: ['t'] })).value < 20, 'with tickets');
  t.equal(score(past(9, { arrivedAt: new Date(start - 40 * day).toISOString() })).calls, 0);
  t.end();
});

test('R26 ranked last while its class is general, on its own platform; danger and 110 take it as anybody', (t) => {
  const arrived: CallInput = {
    type: 'arrived',
    at: start,
    call: 'c',
    leg: 'c-caller',
    dialled: '12345',
    number,
    name: '',
    survivals: 0,
    up: false,
    nuisance: true,
  };
  const born = decideCall(callRules, null, arrived);
  if (!born.ok) throw new Error(born.code);
  const asked = (decision: ReturnType<typeof decideCall>) =>
    decision.ok
      ? decision.effects.flatMap((effect) =>
          effect.type === 'tell-floor' && effect.message.type === 'request'
            ? [effect.message.nuisance ?? false]
            : [],
        )
      : [];
  t.same(asked(born), [true]);
  const answered = [
    { type: 'offered', request: 'c.r1', seat: '1001', endpoint: 'PJSIP/1001', platform: '12345' },
    { type: 'leg-answered', leg: 'c.1001.2' },
  ].reduce((call, input) => {
    const next = decideCall(callRules, call, { ...input, at: start + 5000 } as CallInput);
    if (!next.ok) throw new Error(next.code);
    return next.state;
  }, born.state);
  const actor = { user: '1001', role: 'seat', platform: '12345', seat: '1001' } as const;
  const body = { to: { line: '110' }, mode: 'one-click' } as const;
  t.same(
    asked(
      decideCall(callRules, answered, {
        type: 'command',
        id: 'k',
        actor,
        at: start + 9000,
        command: { name: 'transfer', body },
      }),
    ),
    [false],
  );
  t.end();
});

test("R26 R28 routes: a seat marks its own call, a supervisor decides on its platform's; the evidence is whole, hashed and audited", async (t) => {
  const wave = Buffer.alloc(70_000, 7);
  const sha256 = createHash('sha256').update(wave).digest('hex');
  const recordings = {
    size: (name: string) => Promise.resolve(name.endsWith('gone') ? null : wave.length),
    read: () => Readable.from([wave.subarray(0, 30_000), wave.subarray(30_000)]),
  };
  const desk = await openDesk({ recordings: recordings as never });
  t.teardown(() => desk.app.close());
  const { nuisance } = desk.engine;
  const ask = (user: string, method: 'GET' | 'POST', url: string, payload?: object) =>
    desk.app.inject({ method, url: `/v1${url}`, headers: desk.as(user), ...(payload ? { payload } : {}) });
  const view = callView('c-1', '12345', number, '1001');
  desk.engine.happen(
    'call.answered',
    { call: 'c-1', platform: '12345', data: { seat: '1001' } },
    { call: view },
  );
  t.equal((await ask('1002', 'POST', '/calls/c-1/nuisance', {})).statusCode, 404, "another seat's call");
  const pressed = await ask('1001', 'POST', '/calls/c-1/nuisance', { reason: '辱骂' });
  t.match([pressed.statusCode, pressed.json()], [202, { call: 'c-1', number: '139****0001', version: 5 }]);
  t.match(nuisance.asked, [{ call: 'c-1', number, actor: { user: '1001' }, command: { name: 'mark' } }]);
  for (const path of ['/nuisance', '/nuisance/c-1', '/nuisance/c-1/evidence'])
    t.equal((await ask('1001', 'GET', path)).statusCode, 403, path);
  t.equal((await ask('1001', 'POST', '/nuisance/c-1/confirm', {})).statusCode, 403);
  t.equal((await ask('sup-110', 'POST', '/nuisance/c-1/confirm', {})).statusCode, 404, "another platform's");
  t.equal((await ask('sup-12345', 'POST', '/nuisance/c-1/refuse', {})).statusCode, 422, 'a reason is owed');
  t.equal((await ask('sup-12345', 'POST', '/nuisance/c-1/confirm', { days: 10 })).statusCode, 202);
  t.match(nuisance.asked.at(-1), {
    number,
    actor: { user: 'sup-12345' },
    command: { name: 'confirm', body: { days: 10 } },
  });
  t.match((await ask('sup-12345', 'GET', '/nuisance')).json(), { items: [{ number: '139****0001' }] });

  nuisance.past = [view];
  for (const file of ['2026/11/22/c-1', '2026/11/22/c-1.gone'])
    desk.engine.happen('recording.finished', { call: 'c-1', platform: '12345', data: { file, sha256 } });
  const fetched = await ask('sup-12345', 'GET', '/nuisance/c-1/evidence');
  t.equal(fetched.headers['content-type'], 'application/zip');
  const files = unzip(fetched.rawPayload);
  const folder = 'calls/2026-11-22T020000-c-1';
  t.same([...files.keys()].sort(), [
    `${folder}/call.json`,
    `${folder}/recording.wav`,
    `${folder}/timeline.json`,
    'manifest.json',
    'mark.json',
  ]);
  const manifest = JSON.parse(String(files.get('manifest.json'))) as {
    madeBy: string;
    files: { path: string; sha256: string; missing?: true }[];
  };
  t.equal(manifest.madeBy, 'sup-12345');
  for (const { path, sha256: hash, missing } of manifest.files)
    if (!missing)
      t.equal(
        createHash('sha256')
          .update(files.get(path) ?? '')
          .digest('hex'),
        hash,
        path,
      );
  t.match(
    manifest.files.find(({ missing }) => missing),
    { path: `${folder}/recording-2.wav` },
    'what is not there is named',
  );
  t.match(String(files.get(`${folder}/call.json`)), number, 'in full, for the authorities');
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.ok(
    desk.audit.rows.some(
      ({ action, actor, subject }) =>
        action === 'nuisance.evidence-fetched' && actor === 'sup-12345' && subject === 'c-1',
    ),
  );
  recordings.read = () =>
    new Readable({
      read() {
        this.destroy(new Error('The file went away.'));
      },
    });
  await t.rejects(ask('sup-12345', 'GET', '/nuisance/c-1/evidence'), 'cut short, it does not look whole');
  t.equal((await ask('sup-12345', 'GET', '/nuisance')).statusCode, 200, 'and nothing else ends');
  desk.audit.away = true;
  t.equal(
    (await ask('sup-12345', 'GET', '/nuisance/c-1/evidence')).statusCode,
    503,
    'unaudited it does not leave',
  );
});
