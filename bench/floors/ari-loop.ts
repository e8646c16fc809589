// The floor of anything driven by ARI: answer, ring a seat, bridge, tidy up; seven requests a call over one WebSocket and
// nothing else: no queue, no record, no error handling. It must not be improved: it is the measure.
// In: BENCH_ARI_URL (http://host:port/ari), BENCH_ARI_PASSWORD, BENCH_SEATS (how many bench-<5001…> there are).
import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';

type Event = {
  type: string;
  channel?: { id: string; state: string };
  args?: string[];
  request_id?: string;
  status_code?: number;
};
type Call = { caller: string; leg: string; bridge: string; up: boolean };

const app = 'bench-loop';
const url = process.env['BENCH_ARI_URL'] ?? '';
const auth = `hotline:${process.env['BENCH_ARI_PASSWORD'] ?? ''}`;
const seats = Number(process.env['BENCH_SEATS'] ?? 1);
const authorization = `Basic ${Buffer.from(auth).toString('base64')}`;

const socket = new WebSocket(`${url.replace(/^http/u, 'ws')}/events?app=${app}`, {
  headers: { authorization },
});
const waiting = new Map<string, (status: number) => void>();
const calls = new Map<string, Call>();
let requests = 0;
let turn = 0;

function ask(method: string, uri: string): Promise<number> {
  requests += 1;
  const id = `r${requests}`;
  socket.send(JSON.stringify({ type: 'RESTRequest', request_id: id, method, uri }));
  return new Promise((resolve) => waiting.set(id, resolve));
}

async function handle(event: Event): Promise<void> {
  const id = event.channel?.id ?? '';
  const call = calls.get(id);
  if (event.type === 'StasisStart' && event.args?.[0] === 'inbound') {
    const leg = `l-${randomUUID()}`;
    const fresh: Call = { caller: id, leg, bridge: `b-${randomUUID()}`, up: false };
    calls.set(id, fresh);
    calls.set(leg, fresh);
    const seat = 5_001 + (turn % seats);
    turn += 1;
    await Promise.all([
      ask('POST', `channels/${id}/answer`),
      ask(
        'POST',
        `channels/create?endpoint=PJSIP/bench-${seat}&app=${app}&appArgs=leg&channelId=${leg}&originator=${id}`,
      ),
    ]);
  } else if (event.type === 'StasisStart' && call !== undefined) {
    await ask('POST', `channels/${call.leg}/dial?caller=${call.caller}&timeout=20`);
  } else if (
    event.type === 'ChannelStateChange' &&
    event.channel?.state === 'Up' &&
    call?.leg === id &&
    !call.up
  ) {
    call.up = true;
    await ask('POST', `bridges/${call.bridge}?type=mixing`);
    await ask('POST', `bridges/${call.bridge}/addChannel?channel=${call.leg},${call.caller}`);
  } else if (event.type === 'ChannelDestroyed' && call?.caller === id) {
    calls.delete(call.caller);
    calls.delete(call.leg);
    await Promise.all([ask('DELETE', `channels/${call.leg}`), ask('DELETE', `bridges/${call.bridge}`)]);
  }
}

socket.on('message', (data: Buffer) => {
  const event = JSON.parse(data.toString('utf8')) as Event;
  if (event.type === 'RESTResponse') {
    waiting.get(event.request_id ?? '')?.(event.status_code ?? 0);
    waiting.delete(event.request_id ?? '');
  } else {
    void handle(event);
  }
});

socket.on('open', () => {
  void (async () => {
    const allowed = ['StasisStart', 'ChannelStateChange', 'ChannelDestroyed', 'RESTResponse'].map((type) => ({
      type,
    }));
    const answer = await fetch(`${url}/applications/${app}/eventFilter`, {
      method: 'PUT',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ allowed }),
    });
    if (!answer.ok)
      throw new Error(`Asterisk refused the event filter: ${answer.status} ${await answer.text()}`);
    process.stdout.write('ready\n');
  })();
});
socket.on('error', (error) => {
  process.stderr.write(`The loop cannot reach ARI at ${url}: ${error.message}\n`);
  process.exitCode = 1;
});
process.once('SIGTERM', () => socket.close());
