// Who does not belong: what listens and what is loaded, ARI without the right, SIP from strangers, torn messages, hands
// quicker than each other. Real Asterisk, real datagrams. It must not send anything beyond loopback.
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { WebSocket } from 'ws';
import { Callers } from '../../bench/generator/callers.ts';
import { LossyPath } from '../../lab/lossy-path.ts';
import { udpPort } from '../../lab/phones/ports.ts';
import { Guesser } from './guesser.ts';
import { listening, userOf } from './listening.ts';
import { Scene, quick } from './scene.ts';
import { Outage } from './outage.ts';
import { invite, torn } from './torn-messages.ts';

t.setTimeout(300_000);
const scene = await Scene.start({ change: quick });
const { city } = scene;
t.teardown(() => scene.stop());
const seat = await city.staff('1001', { ready: false });
const callers = new Callers({ host: '127.0.0.2', port: 0, server: city.stack.sip, service: '12345' });
await callers.open();
t.teardown(() => callers.close());
let lastNumber = 13_700_000_000;

/** A citizen calls 12345, is answered, hangs up. */
async function goodCall(): Promise<void> {
  lastNumber += 1;
  const number = String(lastNumber);
  const call = callers.call(number);
  await city.until(
    'a good call is answered',
    () => call.answeredAt !== undefined || call.failure !== undefined,
  );
  if (call.failure !== undefined) throw new Error(`A good call failed: ${call.failure}.`);
  callers.end(number, 0);
  await city.until('a good call ends', () => call.endedAt !== undefined);
}

await t.test(
  'A1 §4.1 doors: everything listens on loopback alone, as nobody special, with nothing loaded that opens more',
  async (t) => {
    for (const part of ['asterisk', 'postgres', 'valkey'] as const) {
      const pid = city.stack.pid(part) ?? 0;
      const ports = await listening(pid);
      t.ok(ports.length > 0, `${part} listens`);
      t.same(
        ports.filter(({ address }) => !address.startsWith('127.')),
        [],
        `${part} is reached from this machine alone`,
      );
      t.not(await userOf(pid), 0, `${part} is not root`);
    }
    const modules = await city.stack.console('module show');
    for (const module of [
      'cel_pgsql',
      'app_sms',
      'chan_unistim',
      'chan_ooh323',
      'res_xmpp',
      'res_config_ldap',
      'app_system',
      'func_shell',
      'app_originate',
      'res_clioriginate',
      'res_pjsip_endpoint_identifier_anonymous',
    ])
      t.notMatch(modules, new RegExp(`^${module}\\.so`, 'mu'), `${module} is not loaded`);
    t.match(await city.stack.console('rtp show settings'), /Strict RTP:\s+Yes/iu, 'foreign sound is dropped');
    t.match(await city.stack.console('manager show settings'), /Manager \(AMI\):\s+No/iu, 'AMI is off');
    const status = await fetch(city.stack.ari.url.replace(/\/ari$/u, '/httpstatus'));
    t.equal(status.status, 404, 'no status page');
  },
);

await t.test(
  'A2 A3 ARI: nobody without the word; the witness may look and not touch, by HTTP and by REST over its WebSocket',
  async (t) => {
    const { url, witness } = city.stack.ari;
    const basic = (user: string, word: string): string =>
      `Basic ${Buffer.from(`${user}:${word}`).toString('base64')}`;
    const asked = async (authorization: string | null, method = 'GET', path = '/channels'): Promise<number> =>
      (await fetch(`${url}${path}`, { method, headers: authorization === null ? {} : { authorization } }))
        .status;
    for (const guess of [
      null,
      basic('hotline', ''),
      basic('hotline', 'hotline'),
      basic('asterisk', 'asterisk'),
      basic('admin', 'admin'),
    ])
      t.equal(await asked(guess), 401, `refused: ${guess ?? 'no word at all'}`);
    const authorization = basic(witness.user, witness.password);
    t.equal(await asked(authorization), 200, 'the witness sees channels');
    t.equal(await asked(authorization, 'POST', '/bridges'), 403, 'and makes nothing');
    const socket = new WebSocket(`${url.replace(/^http/u, 'ws')}/events?app=witness-a2`, {
      headers: { authorization },
    });
    const answered = new Promise<number>((resolve, reject) => {
      socket.on('message', (data: Buffer) => {
        const said = JSON.parse(data.toString()) as { type: string; status_code?: number };
        if (said.type === 'RESTResponse') resolve(said.status_code ?? 0);
      });
      socket.on('error', reject);
      // Refused at the door already is as good.
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
      socket.on('open', () =>
        socket.send(
          JSON.stringify({
            type: 'RESTRequest',
            request_id: '1',
            method: 'POST',
            uri: 'bridges?type=mixing',
          }),
        ),
      );
    });
    t.equal(await answered, 403, 'nor over the WebSocket');
    socket.close();
    t.same(await city.witness.bridges(), [], 'no bridge was made');
  },
);

await t.test(
  "A6 toll fraud: from the network, from strangers and from a seat's phone no other number can be reached",
  async (t) => {
    const trunk = await invite(city.stack.sip, '127.0.0.2');
    for (const number of [
      '0085312345678',
      '+85312345678',
      '9000',
      '114',
      '1001',
      '12345678',
      's',
      '12345@evil',
      '${SHELL(id)}',
    ])
      t.ok((await trunk.ask(number)) >= 400, `refused on the public trunk: ${number}`);
    trunk.close();
    const stranger = await invite(city.stack.sip, '127.0.0.9');
    t.ok((await stranger.ask('12345')) >= 401, 'an address that is no trunk is nobody');
    t.ok((await stranger.ask('0085312345678')) >= 401, 'whatever it dials');
    stranger.close();
    const happened = (type: string): number =>
      seat.phone.events.filter((event) => event.type === type).length;
    for (const [tries, number] of ['0085312345678', '12345', '1002'].entries()) {
      await seat.phone.dial(number);
      await city.until(`the seat's phone is refused ${number}`, () => happened('CALL_CLOSED') > tries);
      t.equal(happened('CALL_ESTABLISHED'), 0, `a seat's phone dials nothing: ${number}`);
    }
    await city.witness.nothingLeft(3000);
    await goodCall();
  },
);

await t.test(
  'A10 a hostile name and number are inert: the call is taken, what it brought is gone or plain',
  async (t) => {
    const trunk = await invite(city.stack.sip, '127.0.0.2');
    const hostile = [
      '${SHELL(touch /tmp/owned)}',
      '<script>alert(1)</script>',
      '=HYPERLINK(1)',
      '13800000009;drop',
      '\u202e110',
    ];
    for (const name of hostile) {
      const id = await trunk.call('12345', { display: name, user: encodeURIComponent(name) });
      await city.until('the call is there', async () => (await city.live()).length === 1);
      const [view] = await city.live();
      const { number, name: shown } = view?.['caller'] as { number: string; name?: string };
      t.match(number, /^[0-9+*]*$/u, `digits alone are left of ${JSON.stringify(name)}`);
      t.equal(shown, undefined, 'and no name');
      trunk.cancelOrBye(id);
      await city.until('and it ends', async () => (await city.live()).length === 0);
    }
    trunk.close();
    await city.witness.nothingLeft(8000);
  },
);

await t.test(
  'A4 A5 5,000 torn messages and 1,000 guesses at a secret: the same Asterisk, good calls in between, nothing left over',
  async (t) => {
    const pid = city.stack.pid('asterisk') ?? 0;
    const memory = async (): Promise<number> =>
      Number(
        /VmRSS:\s+(?<kb>\d+)/u.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.groups?.['kb'] ?? 0,
      ) / 1024;
    const { host, port } = city.stack.sip;
    const sockets = ['127.0.0.2', '127.0.0.9'].map((address) => {
      const socket = createSocket('udp4');
      socket.bind(0, address);
      return socket;
    });
    // Answers are nobody's business here; an unread socket would be one more strange peer.
    for (const socket of sockets) socket.on('message', () => undefined);
    const before = await memory();
    let sent = 0;
    for (const message of torn(5_000, 20_261_122)) {
      sockets[sent % 2]?.send(message, port, host);
      sent += 1;
      if (sent % 50 === 0) await sleep(10);
      if (sent % 500 === 0) await goodCall();
    }
    for (let guess = 0; guess < 1_000; guess += 1) {
      const register = [
        `REGISTER sip:${host}:${port} SIP/2.0`,
        `Via: SIP/2.0/UDP 127.0.0.9:5999;branch=z9hG4bKguess${guess};rport`,
        'From: <sip:1001@hotline>;tag=guess',
        'To: <sip:1001@hotline>',
        `Call-ID: guess-${guess}`,
        'CSeq: 1 REGISTER',
        'Contact: <sip:1001@127.0.0.9:5999>',
        `Authorization: Digest username="1001",realm="asterisk",nonce="${guess}",uri="sip:${host}",response="${'0'.repeat(32)}"`,
        'Content-Length: 0',
        '',
        '',
      ].join('\r\n');
      sockets[1]?.send(register, port, host);
      if (guess % 50 === 0) await sleep(50);
    }
    await goodCall();
    t.equal((await city.seat('1001'))['phone'], 'registered', 'the seat keeps its phone');
    t.equal(city.stack.pid('asterisk'), pid, 'no crash');
    // Whole requests among them are calls that nobody acknowledges; those end after 64 × T1.
    await city.witness.nothingLeft(40_000);
    await city.until('the server knows it', async () => (await city.live()).length === 0);
    const grown = (await memory()) - before;
    t.comment(`Asterisk's memory grew by ${grown.toFixed(0)} MB`);
    t.ok(grown < 200, 'memory is bounded');
    for (const socket of sockets) socket.close();
  },
);

await t.test(
  "A4 an address that guesses at a seat's secret is told of within 10 s, by Asterisk's own lines; everybody else is not touched",
  async (t) => {
    const guesser = await Guesser.at('127.0.0.9', city.stack.sip);
    for (let guesses = 0; guesses < 25; guesses += 1) t.ok(await guesser.guess('1001'));
    const outage = new Outage(city);
    let told: readonly { data: unknown }[] = [];
    const took = await city.until(
      'somebody is told',
      async () => {
        told = await outage.query("select data from facts where type = 'alarm.sip-guessing'");
        return told.length > 0;
      },
      10_000,
    );
    t.comment(`told ${Math.round(took)} ms after the last guess`);
    t.match(
      told.map(({ data }) => data),
      [{ address: '127.0.0.9' }],
      'once, with its address',
    );
    await goodCall();
    t.equal((await city.seat('1001'))['phone'], 'registered', 'whose secret it was keeps its phone');
    guesser.close();
  },
);

await t.test(
  'F16 CL1 G1 a line that loses one packet in twenty and turns others round: each call is one call, and each has its end',
  async (t) => {
    const own = await udpPort('127.0.0.2');
    const host = '127.0.0.2';
    const path = await LossyPath.open({ host, to: city.stack.sip, lost: 0.05, late: 0.1, seed: 20_261_122 });
    const far = new Callers({ host, port: own.port, server: path.near, service: '12345' });
    await far.open();
    const numbers = Array.from({ length: 60 }, (_, n) => `136000${String(10_000 + n)}`);
    for (const number of numbers) {
      far.call(number);
      far.end(number, 500);
      await sleep(50);
    }
    await city.until('all have ended', () => far.up === 0, 30_000);
    t.same(
      far.calls.filter(({ failure, answeredAt }) => failure !== undefined || answeredAt === undefined),
      [],
      'all were answered',
    );
    t.comment(`${path.lost} packets lost, ${path.late} overtaken, ${far.repeated} sent again`);
    t.ok(path.lost > 5 && path.late > 10, 'the line was bad');
    const outage = new Outage(city);
    let rows: readonly { number: string; live: boolean }[] = [];
    await city.until(
      'the ledger has every end',
      async () => {
        rows = await outage.query(
          "select number, live from calls where number like '136000%' order by number",
        );
        return rows.length >= numbers.length && rows.every(({ live }) => !live);
      },
      15_000,
    );
    t.same(
      rows.map(({ number }) => number),
      numbers,
      'every INVITE is one call, repeated or not',
    );
    await far.close();
    path.close();
    await own.release();
    await city.witness.nothingLeft(10_000);
  },
);

await t.test(
  'A9 noise sent to every media port from elsewhere is heard by nobody, and the talk goes on',
  async (t) => {
    await seat.desk.ready();
    const talk = await scene.talk('12345', seat);
    const { from, to } = city.stack.rtp;
    const sprayer = createSocket('udp4');
    await new Promise<void>((resolve) => sprayer.bind(0, '127.0.0.9', resolve));
    const packet = randomBytes(172);
    packet.writeUInt16BE(0x8008, 0);
    for (let round = 0; round < 30; round += 1) {
      packet.writeUInt16BE(round, 2);
      packet.writeUInt32BE(round * 160, 4);
      for (let port = from; port <= to; port += 2) sprayer.send(Buffer.from(packet), port, '127.0.0.1');
      await sleep(60);
    }
    for (const [ear, voice] of [
      [talk.caller, seat.phone],
      [seat.phone, talk.caller],
    ] as const)
      t.match(await ear.heard(), { tones: [voice.toneHz], music: false }, 'no foreign sound');
    sprayer.close();
    await scene.close(t, talk, [seat]);
    await seat.desk.must('/seats/1001/status', { status: 'break', reason: 'tea' });
  },
);

await t.test(
  'F19 seat and two supervisors act on one call at the same moment: one wins, the others are told what is now',
  async (t) => {
    await seat.desk.ready();
    const talk = await scene.talk('12345', seat);
    const [sup, other] = await Promise.all([city.desk('sup-12345'), city.desk('sup-12345')]);
    const replies = await Promise.all([
      seat.desk.post(`/calls/${talk.id}/transfer`, { to: { line: '110' } }),
      seat.desk.post(`/calls/${talk.id}/transfer`, { to: { line: '119' } }),
      sup.post(`/calls/${talk.id}/transfer`, { to: { line: '120' } }),
      other.post(`/calls/${talk.id}/transfer`, { to: { line: '122' } }),
    ]);
    t.equal(replies.filter(({ status }) => status === 202).length, 1, 'one transfer runs');
    for (const { status, body } of replies.filter((reply) => reply.status !== 202)) {
      t.ok(status === 409 || status === 403, `refused with ${status}`);
      t.type(body['code'], 'string', 'with a code');
      if (status === 409) t.type(body['state'], 'object', 'and the state as it is');
    }
    await scene.close(t, talk, [seat]);
  },
);
