// The door of browser phones, /sip: who gets in, that every frame passes both ways, and that it closes with its session.
// Asterisk's side is a plain WebSocket here; test/real/console.test.ts has the real one.
import type { AddressInfo } from 'node:net';
import { test } from 'tap';
import type { Test } from 'tap';
import { WebSocket, WebSocketServer } from 'ws';
import { openDesk } from '../doubles/api.ts';

async function doors(t: Test, limits: Record<string, number> = {}) {
  const asterisk = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    handleProtocols: (offered) => offered.has('sip') && 'sip',
  });
  await new Promise((resolve) => asterisk.once('listening', resolve));
  const upstream = asterisk.address() as AddressInfo;
  const desk = await openDesk({ sipUrl: `ws://127.0.0.1:${upstream.port}/ws`, limits });
  await desk.app.listen({ port: 0, host: '127.0.0.1' });
  t.teardown(async () => {
    for (const client of asterisk.clients) client.terminate();
    asterisk.close();
    await desk.app.close();
  });
  const { port } = desk.app.server.address() as AddressInfo;
  return { desk, asterisk, url: `ws://127.0.0.1:${port}/sip`, origin: `http://127.0.0.1:${port}` };
}
type Doors = Awaited<ReturnType<typeof doors>>;

async function ticketOf({ desk }: Doors, user: string, headers = desk.as(user)): Promise<string> {
  const answered = await desk.app.inject({
    method: 'POST',
    url: '/v1/stream/ticket',
    headers,
  });
  return answered.json<{ ticket: string }>().ticket;
}
const said = (socket: WebSocket): Promise<string> =>
  new Promise((resolve) => socket.once('message', (data: Buffer) => resolve(data.toString())));
const closed = (socket: WebSocket): Promise<number> =>
  new Promise((resolve) => socket.once('close', resolve));
/** Opens, or gives the HTTP status of the refusal. */
function open(url: string, protocols: string[], origin?: string): Promise<WebSocket | number> {
  const socket = new WebSocket(url, protocols, origin === undefined ? {} : { origin });
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.once('open', () => resolve(socket));
  });
}
async function through(
  place: Doors,
  user = '1001',
  headers = place.desk.as(user),
): Promise<{ browser: WebSocket; asterisk: WebSocket }> {
  const arrived = new Promise<WebSocket>((resolve) => place.asterisk.once('connection', resolve));
  const browser = await open(
    place.url,
    ['sip', `hotline.ticket.${await ticketOf(place, user, headers)}`],
    place.origin,
  );
  if (typeof browser === 'number') throw new Error(`The door answered ${browser}.`);
  return { browser, asterisk: await arrived };
}

void test('A7 /sip takes a ticket, once, from our own page, of a role with a phone', async (t) => {
  const place = await doors(t);
  const ticket = await ticketOf(place, '1001');
  t.equal(await open(place.url, ['sip'], place.origin), 401, 'no ticket');
  t.equal(await open(place.url, ['sip', 'hotline.ticket.wrong'], place.origin), 401);
  t.equal(
    await open(place.url, ['sip', `hotline.ticket.${ticket}`], 'http://elsewhere.example'),
    403,
    'another page',
  );
  t.equal(
    await open(place.url, ['sip', `hotline.ticket.${ticket}`], place.origin),
    401,
    'a ticket is used up even when refused',
  );
  t.equal(
    await open(place.url, ['sip', `hotline.ticket.${await ticketOf(place, 'system')}`]),
    403,
    'a system has no phone',
  );
});

void test('design §4 every frame passes both ways, in order, also what came before Asterisk was there', async (t) => {
  const place = await doors(t);
  const arrived = new Promise<WebSocket>((resolve) => place.asterisk.once('connection', resolve));
  const browser = await open(
    place.url,
    ['sip', `hotline.ticket.${await ticketOf(place, '1001')}`],
    place.origin,
  );
  if (typeof browser === 'number') throw new Error(`The door answered ${browser}.`);
  t.equal(browser.protocol, 'sip');
  const heard: string[] = [];
  browser.send('REGISTER 1');
  browser.send('REGISTER 2');
  const asterisk = await arrived;
  t.equal(asterisk.protocol, 'sip');
  await new Promise<void>((resolve) =>
    asterisk.on('message', (data: Buffer) => heard.push(data.toString()) === 2 && resolve()),
  );
  t.same(heard, ['REGISTER 1', 'REGISTER 2']);
  const invite = `INVITE ${'a=candidate '.repeat(900)}`;
  const answered = said(browser);
  asterisk.send(invite);
  t.equal(await answered, invite, 'a long offer comes whole');
  const long = said(asterisk);
  browser.send(`SIP/2.0 200 OK ${'a=ssrc '.repeat(1500)}`);
  t.equal((await long).length, 15 + 7 * 1500, 'and so does an answer of 10 kB');
  const ends = closed(asterisk);
  browser.close();
  await ends;
  t.pass('the page gone, Asterisk is told');
});

void test('G37 8.3.2 the socket closes with its session, here at once and elsewhere within seconds', async (t) => {
  const place = await doors(t, { socketCheckMs: 50, sessionFreshMs: 10 });
  const mine = place.desk.as('1001');
  const here = await through(place, '1001', mine);
  const both = Promise.all([closed(here.browser), closed(here.asterisk)]);
  await place.desk.app.inject({ method: 'DELETE', url: '/v1/session', headers: mine });
  t.equal((await both)[0], 4401);
  const there = await through(place, '1002');
  const ended = closed(there.browser);
  // Another node closed it: this one finds out by asking.
  await place.desk.sessions.closeAllOf('1002');
  place.desk.clock.at += 5_000;
  t.equal(await ended, 4401);
});

void test('CL9 RC2 Asterisk away: the page is told to come back, and a talkative one is shown out', async (t) => {
  const place = await doors(t);
  const line = await through(place);
  const told = closed(line.browser);
  line.asterisk.terminate();
  t.equal(await told, 1013);
  const noisy = await through(place);
  const shown = closed(noisy.browser);
  for (let n = 0; n < 400; n += 1) noisy.browser.send('x');
  t.equal(await shown, 1008);
  const binary = await through(place);
  const refused = closed(binary.browser);
  binary.browser.send(Buffer.from([1, 2]));
  t.equal(await refused, 1003);
});
