// SIP messages as far as measuring needs them: read a datagram, write an answer. It must not grow into a SIP stack.

export type Message = {
  /** Requests: the method. Responses: empty. */
  readonly method: string;
  /** Responses: the status. Requests: 0. */
  readonly status: number;
  readonly uri: string;
  /** Lower-case name → values in order. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
};

const longNames: Readonly<Record<string, string>> = {
  v: 'via',
  f: 'from',
  t: 'to',
  i: 'call-id',
  m: 'contact',
  l: 'content-length',
};

export function parse(datagram: Buffer): Message | undefined {
  const [head = ''] = datagram.toString('latin1').split('\r\n\r\n', 1);
  const [first = '', ...lines] = head.split('\r\n');
  const [one = '', two = ''] = first.split(' ');
  if (one === '' || two === '') return undefined;
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const short = line.slice(0, colon).trim().toLowerCase();
    const name = longNames[short] ?? short;
    const values = headers.get(name);
    const value = line.slice(colon + 1).trim();
    if (values === undefined) headers.set(name, [value]);
    else values.push(value);
  }
  const isResponse = one === 'SIP/2.0';
  return {
    method: isResponse ? '' : one,
    status: isResponse ? Number(two) : 0,
    uri: isResponse ? '' : two,
    headers,
  };
}

export const header = (message: Message, name: string): string => message.headers.get(name)?.[0] ?? '';

/** `sip:13800000001@host` → 13800000001. */
export function userOf(address: string): string {
  return /sips?:(?<user>[^@;>]+)@/u.exec(address)?.groups?.['user'] ?? '';
}

/** `<sip:x@y>;tag=z` → sip:x@y. */
export function uriOf(address: string): string {
  return /<(?<uri>[^>]+)>/u.exec(address)?.groups?.['uri'] ?? address;
}

/** An answer to a request, with the dialog headers copied as RFC 3261 §8.2.6 asks. */
export function answer(
  request: Message,
  status: string,
  tag: string,
  more: readonly string[] = [],
  body = '',
): string {
  const to = header(request, 'to');
  return write(
    `SIP/2.0 ${status}`,
    [
      ...(request.headers.get('via') ?? []).map((via) => `Via: ${via}`),
      ...(request.headers.get('record-route') ?? []).map((route) => `Record-Route: ${route}`),
      `From: ${header(request, 'from')}`,
      `To: ${to}${tag === '' || to.includes(';tag=') ? '' : `;tag=${tag}`}`,
      `Call-ID: ${header(request, 'call-id')}`,
      `CSeq: ${header(request, 'cseq')}`,
      ...more,
    ],
    body,
  );
}

export function write(first: string, headers: readonly string[], body = ''): string {
  const type = body === '' ? [] : ['Content-Type: application/sdp'];
  return [first, ...headers, ...type, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n');
}

/** Port 9 (discard): no sound is sent and what Asterisk sends is thrown away by the kernel. */
export function sdp(host: string): string {
  return `v=0\r\no=bench 1 1 IN IP4 ${host}\r\ns=-\r\nc=IN IP4 ${host}\r\nt=0 0\r\nm=audio 9 RTP/AVP 8 0\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n`;
}
