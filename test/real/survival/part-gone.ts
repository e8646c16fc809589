// PostgreSQL, Valkey, or everything at once is killed: calls go on, and what was acknowledged is there afterwards.
// It must not read the ledger through the server.
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Test } from 'tap';
import { breaks } from './people.ts';
import type { People } from './people.ts';

export async function withoutPostgres(
  t: Test,
  { scene, city, outage, first, second }: People,
): Promise<void> {
  const talk = await scene.talk('12345', first);
  await second.desk.ready();
  await outage.kill('postgres');
  const died = Date.now();
  const summaries: string[] = [];
  for (let n = 0; n < 8; n += 1) {
    summaries.push(`note ${n}`);
    await first.desk.must(`/calls/${talk.id}/tag`, { class: 'urgent', summary: `note ${n}` }, 'PUT');
  }
  const caller = await city.citizen('13900003004');
  await caller.dial('12345');
  await second.phone.reaches('talking', 6000);
  await caller.hears([second.phone], 4000);
  await caller.hangup();
  await first.desk.must(`/calls/${talk.id}/hold`, { party: 'caller' });
  await talk.caller.hears('music', 3000);
  await first.desk.must(`/calls/${talk.id}/resume`, { party: 'caller' });
  await talk.caller.hears([first.phone], 3000);
  await sleep(Math.max(0, 10_000 - (Date.now() - died)));
  await city.stack.restart('postgres');
  const ended = await outage.ended('13900003004', 20_000);
  t.match(ended.view, { owner: '1002', endReason: 'caller-left' });
  await city.until('everything is in the ledger', async () => {
    const { body } = await (await city.desk('sup-12345')).get('/calls?live=true');
    return (body['items'] as { id: string }[]).length === 1 && (await outage.sequenceFault()) === null;
  });
  const tagged = (await outage.calls(talk.caller.user))[0]?.facts.filter(
    ({ type }) => type === 'call.tagged',
  );
  t.same(
    tagged?.map(({ data }) => data['summary']),
    summaries,
    'each command once, in order',
  );
  await caller.stop();
  await scene.close(t, talk, [first]);
  await scene.free(second);
  await breaks(second);
  t.equal(await outage.sequenceFault(), null, 'CL7');
}

export async function withoutValkey(t: Test, { scene, city, outage, first }: People): Promise<void> {
  const talk = await scene.talk('12345', first);
  const valkey = new Redis(city.stack.valkey.url, { retryStrategy: () => 100, maxRetriesPerRequest: null });
  valkey.on('error', () => undefined);
  t.teardown(() => valkey.disconnect());
  const shown = async (): Promise<boolean> =>
    (await valkey.hget('hotline:qinzhou:calls', talk.id)) !== null &&
    (await valkey.hlen('hotline:qinzhou:seats')) > 0;
  await city.until('the call is in the shared view', shown);
  await valkey.flushall();
  const wiped = await city.until('the view is whole again after the wipe', shown);
  await outage.kill('valkey');
  await first.desk.must(`/calls/${talk.id}/hold`, { party: 'caller' });
  await talk.caller.hears('music', 3000);
  await first.desk.must(`/calls/${talk.id}/resume`, { party: 'caller' });
  await talk.caller.hears([first.phone], 3000);
  await city.stack.restart('valkey');
  const back = await city.until('the view is whole again after the death', shown);
  t.comment(
    `views right ${Math.round(wiped)} ms after the wipe, ${Math.round(back)} ms after Valkey was back`,
  );
  t.ok(wiped < 3000 && back < 3000);
  await scene.close(t, talk, [first]);
}

export async function killedAll(t: Test, { scene, city, outage, first }: People): Promise<void> {
  const talk = await scene.talk('12345', first);
  const acknowledged: string[] = [];
  let going = true;
  const press = async (lane: number): Promise<void> => {
    for (let n = 0; going; n += 1) {
      const summary = `${lane}.${n}`;
      const reply = await first.desk
        .request('PUT', `/calls/${talk.id}/tag`, { class: 'major', summary })
        .catch(() => null);
      if (reply?.status === 202) acknowledged.push(summary);
    }
  };
  const lanes = [1, 2, 3, 4].map(press);
  await city.until('some commands were taken', () => acknowledged.length > 40);
  city.stack.kill('postgres', 'SIGKILL');
  await city.until('some were taken without PostgreSQL', () => acknowledged.length > 80);
  city.server.kill('SIGKILL');
  city.stack.kill('asterisk', 'SIGKILL');
  city.stack.kill('valkey', 'SIGKILL');
  going = false;
  await Promise.all(lanes);
  await city.until(
    'all are gone',
    () => city.server.pid === undefined && city.stack.pid('asterisk') === undefined,
  );
  await Promise.all((['postgres', 'asterisk', 'valkey'] as const).map((part) => city.stack.restart(part)));
  t.comment(`restarted: ${JSON.stringify(await outage.startServer())}`);
  const call = await outage.ended(talk.caller.user);
  const kept = new Set(
    call.facts.filter(({ type }) => type === 'call.tagged').map(({ data }) => data['summary']),
  );
  t.same(
    acknowledged.filter((summary) => !kept.has(summary)),
    [],
    `all of ${acknowledged.length} are there`,
  );
  t.equal(await outage.sequenceFault(), null, 'CL7');
  const owed = (await (await city.desk('sup-12345')).get('/call-backs')).body['items'] as {
    call: string;
    class: string;
  }[];
  t.match(
    owed.find((one) => one.call === talk.id),
    { class: 'major' },
    'SV5: nobody saw it end, so its caller is owed a call',
  );
}
