// Legs made and dialled by the Asterisk adapter without Asterisk: what is created when, cut off, told once; saves and talk.
// It must not open a socket.
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { type AriReply, type AriRequest } from '../../server/adapters/ari/access.ts';
import { type RestLane } from '../../server/adapters/ari/rest.ts';
import { createSaves } from '../../server/adapters/ari/saves.ts';
import { createTalk } from '../../server/adapters/ari/talk.ts';
import { meter, log, settle, dialled } from './ari-lane.ts';

/** Never a time limit of its own: the runner's ends a test that waits in vain. */
const until = async (true_: () => boolean): Promise<void> => {
  while (!true_()) await sleep(2);
};

test('TR2 a leg is dialled when it has entered our application, not before', async (t) => {
  const { dialling, order, sent, answer } = dialled(true);
  dialling.begin('c-1', order);
  t.match(
    sent[0]?.uri,
    /^channels\/create\?endpoint=PJSIP%2F1001&app=hotline&appArgs=leg%2Cc-1&channelId=c-1\.1001\.1&originator=x$/u,
  );
  t.match(sent[0]?.body, {
    variables: {
      HOTLINE_CALL: 'c-1',
      HOTLINE_ROLE: 'owner',
      'TIMEOUT(absolute)': '27',
      TRANSFER_CONTEXT: 'seat-transfer',
      'PJSIP_HEADER(add,Alert-Info)': 'info=alert-autoanswer',
    },
  });
  await answer(0, 200);
  t.equal(sent.length, 1);
  dialling.started('c-1.1001.1');
  dialling.started('c-1.1001.1');
  t.strictSame(
    sent.slice(1).map(({ uri }) => uri),
    ['channels/c-1.1001.1/dial?timeout=12&caller=x'],
  );
});

test('OF5 a phone that cannot be rung ends its leg; TR8 a leg ordered away is never dialled', async (t) => {
  const failing = dialled();
  failing.dialling.begin('c-1', failing.order);
  await failing.answer(0, 500, '{"error":"Allocation failed"}');
  t.strictSame(failing.ends, [['c-1.1001.1', { cause: 20, how: 'unreachable' }]]);

  const cancelled = dialled();
  cancelled.dialling.begin('c-1', cancelled.order);
  cancelled.dialling.hangUp('c-1', { type: 'hang-up', leg: 'c-1.1001.1', reason: 'no-answer' });
  await cancelled.answer(0, 200);
  cancelled.dialling.started('c-1.1001.1');
  t.strictSame(
    cancelled.sent.map(({ method, uri }) => `${method} ${uri.split('?')[0] ?? ''}`),
    ['POST channels/create', 'DELETE channels/c-1.1001.1'],
  );
  t.strictSame(cancelled.ends, []);
});

test('SV4 a cut between create and entry loses no leg, and makes no second one', async (t) => {
  const created = dialled();
  created.dialling.begin('c-1', created.order);
  await created.answer(0, 200);
  created.rest.pause();
  created.rest.resume();
  created.dialling.resume();
  t.match(created.sent.at(-1)?.uri, /\/dial/u, 'its entry was told to nobody');

  const unsure = dialled();
  unsure.dialling.begin('c-1', unsure.order);
  unsure.rest.pause();
  unsure.rest.resume();
  unsure.dialling.resume();
  t.match(unsure.sent.at(-1)?.uri, /create/u);
  await unsure.answer(1, 409);
  t.match(unsure.sent.at(-1)?.uri, /\/dial/u, 'the first request had made it');
  t.strictSame(unsure.ends, []);

  const gone = dialled();
  gone.dialling.begin('c-1', gone.order);
  gone.rest.pause();
  gone.dialling.forget();
  gone.rest.drop();
  await settle();
  t.strictSame(gone.ends, [], 'the comparison tells what died with Asterisk');
});

test('CL7 an end told once is not told twice', async (t) => {
  const { dialling, order, ends, rest } = dialled(false, 10);
  dialling.begin('c-1', order);
  await until(() => ends.length > 0);
  t.strictSame(ends, [['c-1.1001.1', { cause: 41 }]], 'no answer to create');
  t.equal(dialling.ended('c-1.1001.1'), false);
  t.equal(dialling.ended('c-1.1001.1'), true);
  rest.drop();
});

test('SV4 a burst of steps is saved once, with the last state; a caller who has gone is not', async (t) => {
  const bodies: unknown[] = [];
  const rest = {
    request: (request: AriRequest): Promise<AriReply> => (
      bodies.push(request.body),
      Promise.resolve({ status: 204, body: '' })
    ),
  } as unknown as RestLane;
  const saves = createSaves({ rest, log, meter, delayMs: 5 });
  for (let step = 1; step <= 9; step += 1) saves.save('c-1', 'a', () => `{"step":${step}}`);
  saves.save('c-2', 'b', () => '{}');
  saves.gone('b');
  await until(() => bodies.length > 0);
  t.strictSame(bodies, [{ variable: 'HOTLINE_STATE', value: '{"step":9}' }]);
  saves.save('c-1', 'a', () => 'last');
  await saves.flush();
  t.equal(bodies.length, 2, 'flushed at once');
});

test('TR4 talk counts when it lasts', async (t) => {
  const confirmed: string[] = [];
  const talk = createTalk({ confirmed: (_call, leg) => confirmed.push(leg), longEnoughMs: 20 });
  talk.began('c-1', 'short');
  talk.finished('c-1', 'short', 5);
  talk.began('c-1', 'gone');
  talk.gone('gone');
  talk.began('c-1', 'long');
  await until(() => confirmed.length > 0);
  t.strictSame(confirmed, ['long']);
});
