// SIP as strangers send it: whole requests with hostile names, and requests torn in every way a seed can think of.
// It must not follow the protocol further than it takes to ask and to give up.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { answer, header, parse, write } from '../../bench/generator/message.ts';

type Server = { readonly host: string; readonly port: number };
type From = { readonly display?: string; readonly user?: string };

export type Stranger = {
  /** Final status of an INVITE to this number; 0 when none came in 3 s: a call was made, or nobody spoke. */
  ask(number: string): Promise<number>;
  /** An INVITE that is to be taken; its Call-ID. */
  call(number: string, from: From): Promise<string>;
  cancelOrBye(id: string): void;
  close(): void;
};

let asked = 0;

/** One who calls from an address of loopback. */
export async function invite(server: Server, host: string): Promise<Stranger> {
  const socket = createSocket('udp4');
  socket.bind(0, host);
  await once(socket, 'listening');
  const { port } = socket.address();
  const waiting = new Map<string, (status: number) => void>();
  const dialogs = new Map<string, { number: string; from: From; to: string }>();

  const request = (method: string, id: string, sequence: number, body = ''): string => {
    const { number = '', from = {}, to = '' } = dialogs.get(id) ?? {};
    const display = from.display === undefined ? '' : `"${from.display.replaceAll('"', '')}" `;
    return write(
      `${method} sip:${encodeURIComponent(number).replaceAll('%2B', '+')}@${server.host}:${server.port} SIP/2.0`,
      [
        `Via: SIP/2.0/UDP ${host}:${port};branch=z9hG4bK${id}${method === 'BYE' || (method === 'ACK' && to !== '') ? method : ''};rport`,
        `From: ${display}<sip:${from.user ?? '13800000000'}@${host}:${port}>;tag=${id}`,
        `To: <sip:${encodeURIComponent(number)}@${server.host}>${to}`,
        `Call-ID: ${id}`,
        `CSeq: ${sequence} ${method}`,
        `Contact: <sip:stranger@${host}:${port}>`,
        'Max-Forwards: 70',
      ],
      body,
    );
  };
  const send = (text: string): void => socket.send(text, server.port, server.host);
  const offer = [
    'v=0',
    `o=- 1 1 IN IP4 ${host}`,
    's=-',
    `c=IN IP4 ${host}`,
    't=0 0',
    'm=audio 40000 RTP/AVP 8',
    'a=rtpmap:8 PCMA/8000',
    '',
  ].join('\r\n');

  socket.on('message', (datagram) => {
    const message = parse(datagram);
    if (!message) return;
    const id = header(message, 'call-id');
    if (message.status === 0) {
      if (message.method !== 'ACK') send(answer(message, '200 OK', ''));
      return;
    }
    if (!header(message, 'cseq').endsWith('INVITE') || message.status < 200) return;
    const dialog = dialogs.get(id);
    if (dialog && message.status < 300)
      dialog.to = `;tag=${/;tag=(?<tag>[^;]+)/u.exec(header(message, 'to'))?.groups?.['tag'] ?? ''}`;
    send(request('ACK', id, 1));
    waiting.get(id)?.(message.status);
  });

  function begin(number: string, from: From): string {
    asked += 1;
    const id = `s${asked}x${port}`;
    dialogs.set(id, { number, from, to: '' });
    send(request('INVITE', id, 1, offer));
    return id;
  }

  return {
    ask(number) {
      const id = begin(number, {});
      return new Promise((resolve) => {
        const timer = setTimeout(() => resolve(0), 3_000);
        waiting.set(id, (status) => {
          clearTimeout(timer);
          resolve(status);
        });
      });
    },
    call: (number, from) => Promise.resolve(begin(number, from)),
    cancelOrBye(id) {
      send(dialogs.get(id)?.to === '' ? request('CANCEL', id, 1) : request('BYE', id, 2));
    },
    close: () => socket.close(),
  };
}

/** The same sequence for the same seed (mulberry32). */
function dice(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

const methods = [
  'INVITE',
  'REGISTER',
  'OPTIONS',
  'CANCEL',
  'BYE',
  'ACK',
  'REFER',
  'SUBSCRIBE',
  'MESSAGE',
  'NONSENSE',
];
const poison = [
  '\0',
  '\r\n\r\n',
  '\r\n ',
  '%00%0d%0a',
  '${SHELL(id)}',
  '"'.repeat(9),
  '<'.repeat(200),
  '\u202e',
  '9'.repeat(4_000),
  ';'.repeat(500),
  '-1',
  '4294967296',
  'SIP/2.0',
  'Content-Length: -5\r\n',
  'Content-Length: 999999\r\n',
  'Via: SIP/2.0/UDP [::::]:0\r\n',
];

/** Requests whole in part: bytes changed, cut, doubled, poisoned, lengths that lie (after the families of RFC 4475). */
export function* torn(count: number, seed: number): Generator<Buffer> {
  const below = dice(seed);
  for (let n = 0; n < count; n += 1) {
    const method = methods[below(methods.length)] ?? 'INVITE';
    const body =
      below(2) === 0
        ? ''
        : `v=0\r\no=- 1 1 IN IP4 127.0.0.2\r\ns=-\r\nm=audio ${below(70_000)} RTP/AVP ${below(300)}\r\n`;
    const lines = [
      `Via: SIP/2.0/UDP 127.0.0.2:${below(70_000)};branch=z9hG4bKtorn${n};rport`,
      `From: <sip:1380000${below(10_000)}@127.0.0.2>;tag=torn${n}`,
      'To: <sip:12345@127.0.0.1>',
      `Call-ID: torn-${n}`,
      `CSeq: ${below(3) === 0 ? 4_294_967_296 : 1} ${below(9) === 0 ? 'BYE' : method}`,
      'Contact: <sip:torn@127.0.0.2>',
      'Max-Forwards: 70',
    ];
    let bytes = Buffer.from(write(`${method} sip:12345@127.0.0.1 SIP/2.0`, lines, body), 'utf8');
    for (let wounds = below(4); wounds > 0; wounds -= 1) {
      const at = below(bytes.length);
      const to = Math.min(bytes.length, at + below(60));
      const kind = below(4);
      if (kind === 0) bytes[at] = below(256);
      else if (kind === 1) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
      else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
      else
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          Buffer.from(poison[below(poison.length)] ?? '', 'utf8'),
          bytes.subarray(at),
        ]);
      if (bytes.length < 2) break;
    }
    yield bytes.subarray(0, 60_000);
  }
}
