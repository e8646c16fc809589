// The port Phones for Asterisk: a seat's SIP account, made at sign-in and destroyed at sign-out (design §4, phones).
// It must not keep a secret anywhere but in Asterisk, and must not touch endpoints that files define.
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Log, Meter, Phones } from '../../engine/ports.ts';
import type { SeatId } from '../../protocol/words.ts';
import { segment, succeeded, type AriAccess, type AriRequest } from './access.ts';
import { AriFailure, createHttpLane, read } from './http.ts';

export interface PhonesOptions extends AriAccess {
  readonly log: Log;
  readonly meter: Meter;
  /** Where phones register over UDP, host:port as they see it. */
  readonly registrar: string;
  /** Our own address as browsers see it, such as `https://desk.example`; their SIP goes through its `/sip`. */
  readonly publicBase: string;
}

export interface AriPhones extends Phones {
  close(): Promise<void>;
}

/** Asterisk asks a new contact within 1 s (max_initial_qualify_time), and waits 1.5 s for its answer. */
const firstQualifyMilliseconds = 2500;

type Kind = 'auth' | 'aor' | 'endpoint';
type Fields = Readonly<Record<string, string>>;
type PhoneKind = 'desk' | 'browser';

const Endpoints = z.array(z.object({ resource: z.string(), state: z.string() }));

export function createPhones(options: PhonesOptions): AriPhones {
  const http = createHttpLane({ access: options, meter: options.meter, connections: 2 });

  async function change(request: AriRequest): Promise<void> {
    const reply = await http.request(request);
    if (succeeded(reply) || (request.method === 'DELETE' && reply.status === 404)) return;
    throw new AriFailure(request, reply);
  }
  const pathOf = (kind: Kind, seat: SeatId): string =>
    `asterisk/config/dynamic/res_pjsip/${kind}/${segment(seat)}`;
  const put = (kind: Kind, seat: SeatId, fields: Fields): Promise<void> =>
    change({
      method: 'PUT',
      path: pathOf(kind, seat),
      body: { fields: Object.entries(fields).map(([attribute, value]) => ({ attribute, value })) },
    });

  /** Fixed addresses not asked yet whether they are there: Asterisk calls them offline, and rings them all the same. */
  const unproved = new Map<SeatId, number>();

  /** What each seat's endpoint was made for, as far as this process made it. */
  const made = new Map<SeatId, string>();

  async function withdraw(seat: SeatId): Promise<void> {
    unproved.delete(seat);
    made.delete(seat);
    for (const kind of ['endpoint', 'aor', 'auth'] as const)
      await change({ method: 'DELETE', path: pathOf(kind, seat) });
  }

  return {
    async provision(seat, phone, contact) {
      const fixed = phone === 'desk' ? contact : null;
      const kind = `${phone} ${fixed ?? ''}`;
      // A page that was reloaded in a call only gets a new secret (RC1): an endpoint made anew under a live channel shows
      // as offline for good once that channel ends. Otherwise everything anew: PUT changes only the fields it names, and
      // the seat would keep what its former phone needed.
      const again = made.get(seat) === kind;
      if (!again) await withdraw(seat);
      const password = fixed === null ? randomBytes(24).toString('base64url') : '';
      // An endpoint must find what it refers to.
      if (fixed === null) await put('auth', seat, { auth_type: 'userpass', username: seat, password });
      if (!again) {
        await put('aor', seat, aorFields(fixed));
        await put('endpoint', seat, endpointFields(seat, phone, fixed));
        made.set(seat, kind);
      }
      if (fixed !== null) unproved.set(seat, performance.now() + firstQualifyMilliseconds);
      return {
        uri: `sip:${seat}@${options.registrar}`,
        username: seat,
        password,
        wsUri: `${options.publicBase.replace(/^http/u, 'ws').replace(/\/$/u, '')}/sip`,
        registrar: options.registrar,
      };
    },
    withdraw,
    async registered() {
      const endpoints = await read(http, 'endpoints/PJSIP', Endpoints);
      const now = performance.now();
      for (const [seat, until] of unproved) if (until < now) unproved.delete(seat);
      return new Set(
        endpoints
          .filter(({ resource, state }) => state === 'online' || unproved.has(resource))
          .map(({ resource }) => resource),
      );
    },
    close: () => http.close(),
  };
}

function aorFields(contact: string | null): Fields {
  // A phone that vanished is known before the caller has waited for it (OF5).
  const watch = { qualify_frequency: '10', qualify_timeout: '1.5' };
  if (contact !== null) return { contact, ...watch };
  // A reload or a second tab replaces the phone before it.
  return { max_contacts: '1', remove_existing: 'yes', maximum_expiration: '300', ...watch };
}

function endpointFields(seat: SeatId, phone: PhoneKind, contact: string | null): Fields {
  const common = {
    transport: phone === 'browser' ? 'ws' : 'udp',
    context: 'from-seat',
    disallow: 'all',
    aors: seat,
    callerid: `<${seat}>`,
    direct_media: 'no',
    rtp_timeout: '30',
    rtp_timeout_hold: '600',
    allow_subscribe: 'no',
    tone_zone: 'cn',
  };
  if (phone === 'browser')
    return {
      ...common,
      webrtc: 'yes',
      // A-law before Opus: no transcoding, and no seconds of silence when a third party joins (WebRTC notes §1).
      allow: 'alaw,ulaw,opus',
      rtp_symmetric: 'yes',
      force_rport: 'yes',
      rewrite_contact: 'yes',
      identify_by: 'username',
      auth: seat,
      // A browser never sends REFER; its buttons are commands to the server.
      allow_transfer: 'no',
    };
  const desk = { ...common, allow: 'alaw,ulaw' };
  // Without a secret a phone may be rung and nothing else: no request that opens a dialog is ever taken to be its.
  if (contact !== null) return { ...desk, identify_by: 'ip' };
  return {
    ...desk,
    rtp_symmetric: 'yes',
    force_rport: 'yes',
    rewrite_contact: 'yes',
    identify_by: 'username',
    auth: seat,
  };
}
