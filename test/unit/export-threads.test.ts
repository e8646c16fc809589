// Exports in threads: whole or failed, never cut short unseen; a thread that dies takes nothing with it; few at once.
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { openExports } from '../../server/adapters/threads/exports.ts';
import type { Log } from '../../server/engine/ports.ts';
import { openDesk } from '../doubles/api.ts';

const quiet = (): void => undefined;
/** Read to its end, and its thread gone. */
async function whole(file: Readable): Promise<string> {
  const read = await text(file);
  if (!file.closed) await once(file, 'close');
  return read;
}
function stand(more: { readonly most?: number; readonly stalledMs?: number } = {}) {
  const warned: string[] = [];
  const log: Log = {
    debug: quiet,
    info: quiet,
    warn: (details) => warned.push(String('reason' in details && details.reason)),
    error: quiet,
  };
  const thread = new URL('../doubles/export-thread.ts', import.meta.url);
  const exports = openExports({ thread, databaseUrl: '', log, ...more });
  const start = (q: string) =>
    exports.start({
      actor: { user: 'sup', role: 'supervisor', platform: '12345', seat: null },
      filter: { q },
      format: 'csv',
    });
  return { exports, start, warned };
}

void t.test('R13 an export from its thread: whole, and its place is free again', async (t) => {
  const { start, warned } = stand({ most: 1 });
  t.equal(await whole(await start('')), '1;2;');
  t.equal(await whole(await start('')), '1;2;', 'another one after it');
  t.same(warned, []);
});

void t.test('R13 what refuses an export is its answer; nothing was sent', async (t) => {
  const { start, warned } = stand();
  await t.rejects(start('refuse'), { code: 'invalid-field', field: 'cursor' });
  t.same(warned, []);
});

for (const [way, reason] of [
  ['throw', /Half-way/],
  ['memory', /memory limit/],
  ['leave', /thread ended/],
  ['fail', /database went away/],
] as const)
  void t.test(
    `R13 a thread that ends too early (${way}) fails the file, says so, and ends nothing else`,
    async (t) => {
      const { start, warned } = stand({ most: 1 });
      await t.rejects(text(await start(way)), reason);
      t.equal(warned.length, 1);
      t.match(warned[0], reason);
      t.equal(await whole(await start('')), '1;2;', 'the next one is made');
    },
  );

void t.test('A14 few exports at once; who goes away ends its own, who stalls loses it', async (t) => {
  const { exports, start, warned } = stand({ most: 2 });
  const [one, two] = [await start('endless'), await start('endless')];
  await t.rejects(start(''), { code: 'too-many-exports' });
  one.destroy();
  await once(one, 'close');
  t.equal(await whole(await start('')), '1;2;', 'there is room again');
  t.same(warned, [], 'which is no failure');
  two.destroy();
  await once(two, 'close');
  const stalling = stand({ most: 1, stalledMs: 200 });
  await once(await stalling.start('endless'), 'error');
  const begun = await stalling.start('endless');
  begun.read();
  await once(begun, 'error');
  t.match(stalling.warned, [/Nobody fetched it/, /Nobody fetched it/], 'never begun, or begun and left');
  const three = await start('endless');
  const cut = once(three, 'error');
  await exports.close();
  await cut;
  t.match(warned[0], /thread ended/, 'the server stops: a file cut short is not whole');
});

void t.test('A14 R13 over HTTP: a file, a refusal, a broken connection; who hangs up ends it', async (t) => {
  const { exports } = stand({ most: 1 });
  const desk = await openDesk({ exports });
  t.teardown(() => desk.app.close());
  t.teardown(() => exports.close());
  const url = await desk.app.listen({ host: '127.0.0.1', port: 0 });
  const ask = (q: string, signal?: AbortSignal): Promise<Response> =>
    fetch(`${url}/v1/tickets/export?format=ndjson&q=${q}`, {
      headers: { ...desk.as('sup-12345'), connection: 'close' },
      ...(signal ? { signal } : {}),
    });
  /** The place of the one before is free once its thread has gone. */
  const free = async (q: string, signal?: AbortSignal): Promise<Response> => {
    for (;;) {
      const answer = await ask(q, signal);
      if (answer.status !== 429) return answer;
      await answer.body?.cancel();
    }
  };
  const file = await ask('');
  t.match(file.headers.get('content-type'), 'application/x-ndjson');
  t.equal(await file.text(), '1;2;');
  await t.rejects((await free('throw')).text(), 'cut short, it does not look whole');
  const leaving = new AbortController();
  await free('endless', leaving.signal);
  const second = await ask('');
  t.match([second.status, await second.json()], [429, { code: 'too-many-exports' }]);
  leaving.abort();
  t.equal(await (await free('')).text(), '1;2;', 'there is room again');
  const refused = await free('refuse');
  t.match([refused.status, await refused.json()], [422, { code: 'invalid-field', field: 'cursor' }]);
  t.match(
    desk.audit.rows.filter(({ action }) => action === 'ticket.exported').map(({ actor }) => actor),
    ['sup-12345', 'sup-12345', 'sup-12345', 'sup-12345'],
    'what was sent is on record',
  );
});
