// What is shown of a person: masking, the canary number, reveals (R28, G25, A14).
// It must not test who may ask (api-rights.test.ts).
import { test } from 'tap';
import { maskName, maskNumber, maskText, masked } from '../../server/api/privacy/masking.ts';
import { openDesk } from '../doubles/api.ts';
import { callView } from '../doubles/views.ts';

const canary = '13987650001';

const json = { 'content-type': 'application/json' };

const mismatches = (desk: { readonly logged: readonly string[] }) =>
  desk.logged.filter((line) => line.includes('does not match its schema'));

const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

test('R28 masking: numbers and names in every shape they come in; ids, codes and times stay', (t) => {
  t.equal(maskNumber('13800000001'), '138****0001');
  t.equal(maskNumber('+8613800000001'), '+86****0001');
  t.equal(maskNumber('07772838110'), '077****8110');
  t.equal(maskNumber('2838110'), '28****10');
  t.equal(maskNumber('12345'), '12345');
  t.equal(maskNumber('anonymous'), 'anonymous');
  t.equal(maskName('王小明'), '王**');
  t.equal(maskName(''), '');
  t.equal(maskText(`回电${canary}，或 139 8765 0001，身份证45070219900101123X`).includes('8765'), false);
  t.equal(maskText('2026-11-22 09:00 来电'), '2026-11-22 09:00 来电');
  const record = {
    id: '1763779200.12',
    call: '01JDX',
    caller: { number: canary, name: canary },
    leg: 'c1763779200-owner-1',
    number: 13987650001,
    from: '1001',
    tag: { region: '450702001001', summary: `打 ${canary}`, place: '' },
    list: [canary, 'ok'],
    [`key ${canary}`]: 1,
    arrivedAt: '2026-11-22T02:00:00.000Z',
    endpoint: `PJSIP/${canary}@out`,
    uri: `sip:${canary}@127.0.0.3`,
  };
  const shown = masked(record);
  t.notOk(JSON.stringify(shown).includes(canary));
  t.match(shown, {
    id: '1763779200.12',
    leg: 'c1763779200-owner-1',
    from: '1001',
    arrivedAt: record.arrivedAt,
  });
  t.equal(shown.tag.region, '450702001001');
  t.same(maskText('９１'.repeat(6)).length < 12, true, 'full-width digits, too');
  t.end();
});

test('G25 canary: the number is in no answer, error, audit row or log of those without the right, and a reveal is written down', async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  const { engine, app } = desk;
  const secretTag = {
    class: 'general' as const,
    item: '',
    region: '',
    place: '',
    summary: `caller asks to ring ${canary}`,
  };
  engine.live.set('c1', callView('c1', '12345', canary, '1001', { tag: secretTag }));
  engine.past.set('c0', callView('c0', '12345', canary, '1001', { phase: 'ended', parties: [] }));
  engine.happen('call.arrived', {
    call: 'c1',
    platform: '12345',
    data: { number: canary, name: canary, dialled: '12345' },
  });
  engine.happen('transfer.ringing', {
    call: 'c1',
    platform: '12345',
    data: { number: canary, note: `ring ${canary}` },
  });
  engine.owed.push({
    id: 1,
    done: false,
    call: 'c0',
    platform: '12345',
    number: canary,
    class: 'major',
    reason: 'cut off',
    at: '2026-11-22T01:00:00.000Z',
  });
  const bodies: string[] = [];
  for (const user of ['1002', '3001', 'sup-12345', 'sup-110', 'audit', 'admin', 'system']) {
    const headers = { ...desk.as(user), ...json };
    for (const url of [
      '/v1/calls?live=true',
      '/v1/calls',
      '/v1/calls/c1',
      '/v1/calls/c0',
      '/v1/calls/c1/timeline',
      '/v1/seats',
      '/v1/queues',
      '/v1/call-backs',
      '/v1/audit',
      '/v1/accounts',
    ]) {
      bodies.push((await app.inject({ url, headers })).body);
    }
    engine.refusal = 'wrong-phase';
    bodies.push(
      (await app.inject({ method: 'POST', url: '/v1/calls/c1/hold', headers, payload: '{}' })).body,
    );
    engine.refusal = null;
    bodies.push(
      (
        await app.inject({
          method: 'POST',
          url: '/v1/calls/c1/guide',
          headers,
          payload: { line: '110', note: canary },
        })
      ).body,
    );
    bodies.push(
      (
        await app.inject({
          method: 'POST',
          url: `/v1/calls/${canary}/hold`,
          headers,
          payload: { [canary]: canary },
        })
      ).body,
    );
    bodies.push(
      (await app.inject({ method: 'POST', url: '/v1/calls/search', headers, payload: { number: canary } }))
        .body,
    );
    engine.failure = new Error(`duplicate key value: (number)=(${canary})`);
    const broken = await app.inject({ url: '/v1/calls/c1', headers });
    bodies.push(broken.body);
    engine.failure = null;
  }
  await settled();
  t.same(mismatches(desk), [], 'and all answers match their schemas');
  t.same(
    bodies.filter((body) => body.includes(canary)),
    [],
    'answers',
  );
  t.same(
    desk.logged.filter((line) => line.includes(canary)),
    [],
    'logs',
  );
  t.same(
    desk.audit.rows.filter((row) => JSON.stringify(row).includes(canary)),
    [],
    'audit',
  );
  t.ok(
    desk.logged.some((line) => line.startsWith('error') && line.includes('139****0001')),
    'failures are logged, masked',
  );
  t.match(
    bodies.find((body) => body.includes('"code":"internal"')) ?? '',
    /"message":"Something failed here; it has been logged\."/,
  );
  const own = await app.inject({ url: '/v1/calls/c1', headers: desk.as('1001') });
  t.equal(
    own.json<{ caller: { number: string } }>().caller.number,
    canary,
    'the seat that has the call sees it',
  );
  t.ok((await app.inject({ url: '/v1/calls/c1/timeline', headers: desk.as('1001') })).body.includes(canary));
  t.notOk(
    (await app.inject({ url: '/v1/calls/c0', headers: desk.as('1001') })).body.includes(canary),
    'not when it is over',
  );
  const reveal = (user: string, payload: object) =>
    app.inject({ method: 'POST', url: '/v1/calls/c0/reveal', headers: desk.as(user), payload });
  t.match((await reveal('sup-12345', {})).json(), { code: 'invalid-field', field: 'reason', status: 422 });
  t.match((await reveal('sup-12345', { reason: 'call back after a cut' })).json(), { number: canary });
  t.equal((await reveal('sup-110', { reason: 'curious' })).statusCode, 404);
  t.match(
    desk.audit.rows.findLast(({ action }) => action === 'number.revealed'),
    { actor: 'sup-12345', subject: 'c0', details: { reason: 'call back after a cut' } },
  );
});

test('A14 reveals are rationed by person', async (t) => {
  const desk = await openDesk({ limits: { revealsPerHour: 3 } });
  t.teardown(() => desk.app.close());
  desk.engine.live.set('c1', callView('c1', '12345', canary, '1001'));
  const reveal = () =>
    desk.app.inject({
      method: 'POST',
      url: '/v1/calls/c1/reveal',
      headers: desk.as('sup-12345'),
      payload: { reason: 'x' },
    });
  for (let n = 0; n < 3; n += 1) t.equal((await reveal()).statusCode, 200);
  const more = await reveal();
  t.match(more.json(), { code: 'too-many-requests', status: 429 });
  t.ok(Number(more.headers['retry-after']) > 0, 'with the time to wait, over all its sessions');
});
