// SoftphonePort on JsSIP. Call control stays on the server: this registers, answers, mutes, hangs up, and nothing else.
// It must not ring, and must not decide who is called; no other file may import JsSIP.
import { UA } from 'jssip';
import type { IncomingRTCSessionEvent, RTCSessionEvent } from 'jssip/lib/UA';
import type { RTCSession } from 'jssip/lib/RTCSession';
import type { Socket } from 'jssip/lib/Socket';
import type { SipAccount } from '../../../server/protocol/session.ts';
import { Microphone } from './microphone.ts';
import { QualityMeter } from './quality-meter.ts';
import type { Quality } from './quality.ts';
import type { Devices, PhoneLine, SoftphoneEvents, SoftphonePort } from './softphone-port.ts';
import { ticketSocket } from './ticket-socket.ts';

const pcConfig: RTCConfiguration = { iceServers: [], bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' };
/** Host candidates are there in milliseconds; waiting longer only delays the answer (JsSIP #804). */
const gatherAtMostMs = 500;

interface Line {
  readonly session: RTCSession;
  readonly call: string | null;
  readonly autoAnswer: boolean;
  state: PhoneLine['state'];
}

export class JsSipSoftphone implements SoftphonePort {
  readonly #events: SoftphoneEvents;
  readonly #microphone: Microphone;
  readonly #meter = new QualityMeter();
  #ua: UA | null = null;
  #socket: Socket | null = null;
  #line: Line | null = null;
  #muted = false;

  constructor(events: SoftphoneEvents, devices: Devices, voiceProcessing: boolean) {
    this.#events = events;
    this.#microphone = new Microphone(devices.microphone, voiceProcessing, {
      trouble: (trouble) => events.trouble(trouble),
      replaced: (track) => this.#replaceTrack(track),
      stream: (stream) => events.local(stream),
    });
  }

  register(account: SipAccount, ticket: () => Promise<string>): void {
    this.#ua?.stop();
    this.#events.registration('connecting');
    const url = new URL('/sip', location.href);
    url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = ticketSocket(url.href, ticket);
    this.#socket = socket;
    const ua = new UA({
      sockets: [socket],
      uri: account.uri,
      authorization_user: account.username,
      password: account.password,
      register: true,
      register_expires: 120,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 5,
      user_agent: 'Hotline Link console',
    });
    this.#ua = ua;
    let been = false;
    ua.on('registered', () => {
      been = true;
      this.#events.registration('registered');
    });
    ua.on('unregistered', () => this.#events.registration(this.#ua === ua ? 'lost' : 'off'));
    ua.on('disconnected', () => {
      if (this.#ua === ua) this.#events.registration(been ? 'lost' : 'connecting');
    });
    ua.on('registrationFailed', () => {
      if (this.#ua !== ua) return;
      this.#events.registration('failed');
      // For ever, with jitter: a phone that gives up is a seat that silently gets no calls.
      setTimeout(() => this.#ua === ua && ua.isConnected() && ua.register(), 1_000 + Math.random() * 2_000);
    });
    ua.on('newRTCSession', (event: RTCSessionEvent) => {
      if (event.session.direction === 'incoming') this.#incoming(event as IncomingRTCSessionEvent);
    });
    ua.start();
    void this.#microphone.open();
  }

  async answer(): Promise<void> {
    const line = this.#line;
    if (line?.state !== 'ringing') return;
    line.state = 'answering';
    this.#tell();
    const stream = await this.#microphone.open();
    if (this.#line !== line) return;
    if (!stream) {
      line.state = 'ringing';
      this.#tell();
      return;
    }
    line.session.answer({ mediaStream: stream, pcConfig });
    this.#microphone.mute(this.#muted);
  }

  mute(on: boolean): void {
    this.#muted = on;
    this.#microphone.mute(on);
    this.#tell();
  }

  dtmf(digit: string): void {
    if (this.#line?.state === 'up') this.#line.session.sendDTMF(digit, { transportType: 'RFC2833' as never });
  }

  hangUp(): void {
    const line = this.#line;
    if (line && !line.session.isEnded())
      line.session.terminate(line.state === 'up' ? {} : { status_code: 603, reason_phrase: 'Decline' });
  }

  async useDevices(devices: Devices): Promise<void> {
    await this.#microphone.use(devices.microphone);
  }

  mend(): void {
    if (this.#line?.state === 'up')
      this.#line.session.renegotiate({ rtcOfferConstraints: { iceRestart: true } });
  }

  async quality(): Promise<Quality | null> {
    const line = this.#line;
    if (line?.state !== 'up') return null;
    const connection = line.session.connection as RTCPeerConnection | undefined;
    return connection ? this.#meter.look(await connection.getStats(), performance.now()) : null;
  }

  stop(leaveCall = false): void {
    const ua = this.#ua;
    this.#ua = null;
    if (leaveCall) {
      this.#socket?.disconnect();
      (this.#line?.session.connection as RTCPeerConnection | undefined)?.close();
    } else this.hangUp();
    ua?.stop();
    this.#microphone.close();
    this.#events.registration('off');
  }

  #incoming({ session, request }: IncomingRTCSessionEvent): void {
    const call = request.getHeader('X-Hotline-Call') ?? null;
    const before = this.#line;
    if (before && before.call !== call) {
      session.terminate({ status_code: 486, reason_phrase: 'Busy Here' });
      return;
    }
    const autoAnswer = /auto-?answer/iu.test(request.getHeader('Alert-Info') ?? '');
    // The same call again is the server putting its leg in place anew (CL9, RC1): taken without a press.
    const line: Line = { session, call, autoAnswer: autoAnswer || before !== null, state: 'ringing' };
    this.#line = line;
    this.#muted = before !== null && this.#muted;
    session.on('peerconnection', ({ peerconnection }) => {
      this.#meter.begin(performance.now());
      peerconnection.addEventListener('track', ({ streams: [stream] }) => {
        if (this.#line === line) this.#events.remote(stream ?? null);
      });
    });
    let gathering: ReturnType<typeof setTimeout> | undefined;
    session.on('icecandidate', ({ ready }) => (gathering ??= setTimeout(ready, gatherAtMostMs)));
    session.on('confirmed', () => {
      line.state = 'up';
      if (this.#line === line) this.#tell();
    });
    const over = () => {
      clearTimeout(gathering);
      if (this.#line !== line) return;
      this.#line = null;
      this.#muted = false;
      this.#microphone.mute(false);
      this.#events.remote(null);
      this.#tell();
    };
    session.on('ended', over);
    session.on('failed', over);
    this.#tell();
    if (before) {
      if (!before.session.isEnded()) before.session.terminate();
      void this.answer();
    }
  }

  #replaceTrack(track: MediaStreamTrack): void {
    const connection = this.#line?.session.connection as RTCPeerConnection | undefined;
    void connection
      ?.getSenders()
      .find((sender) => sender.track?.kind === 'audio')
      ?.replaceTrack(track);
  }

  #tell(): void {
    const line = this.#line;
    this.#events.line(
      line === null
        ? null
        : { state: line.state, call: line.call, autoAnswer: line.autoAnswer, muted: this.#muted },
    );
  }
}
