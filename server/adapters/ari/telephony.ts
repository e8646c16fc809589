// The port Telephony for Asterisk: puts the lanes, the dialling, the saved states and the translation together.
// It must not decide anything about a call; every fact it has to tell goes to the listener as an input.
import { z } from 'zod';
import type { CallInput } from '../../domain/call/inputs.ts';
import type { Clock, Log, Meter, Telephony, TelephonyEvent, TelephonyOrder } from '../../engine/ports.ts';
import type { CallId, Target, Time } from '../../protocol/words.ts';
import { alreadyGone, lost, segment, succeeded, type AriAccess, type AriReply } from './access.ts';
import { beep } from './beep.ts';
import { decode, type AriEvent } from './decode.ts';
import { createDialling } from './dialling.ts';
import { createHttpLane } from './http.ts';
import { createLink } from './link.ts';
import { look } from './look.ts';
import { stepsOf, type PlainOrder } from './orders.ts';
import { callOfRecording, order as orderRecording } from './recording.ts';
import { createRestLane } from './rest.ts';
import { createSaves } from './saves.ts';
import { createSocket } from './socket.ts';
import { watchStandstill } from './standstill.ts';
import type { Standstill } from './standstill.ts';
import { createStrays } from './strays.ts';
import { createTalk } from './talk.ts';
import { makeTap } from './tapping.ts';
import { translate } from './translate.ts';

export interface TelephonyOptions extends AriAccess {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Phones that can are asked to answer by themselves. */
  readonly autoAnswer?: boolean;
  /** Whom a number keyed at a phone's own transfer key means; null: nobody, the call stays as it is. */
  readonly targetOf?: (exten: string) => Target | null;
  /** Milliseconds between pings of the socket. */
  readonly pingMs?: number;
}

const Statistics = z.object({ rxcount: z.number() });

export function createTelephony(options: TelephonyOptions): Telephony {
  const { app, clock, log, meter, targetOf = () => null } = options;
  let listener: (event: TelephonyEvent) => void = () => undefined;
  let standstill: Standstill | null = null;

  const socket = createSocket({
    access: options,
    log,
    meter,
    ...(options.pingMs === undefined ? {} : { pingMs: options.pingMs }),
  });
  const rest = createRestLane({ send: (text) => socket.send(text), meter });
  const http = createHttpLane({ access: options, meter });
  const saves = createSaves({ rest, log, meter });
  const dialling = createDialling({
    rest,
    app,
    autoAnswer: options.autoAnswer ?? false,
    sayEnded: (call, leg, end) => tell(call, { type: 'leg-ended', at: clock.now(), leg, ...end }),
    sayFailed: (call, effect, leg, status) =>
      tell(call, { type: 'effect-failed', at: clock.now(), effect, leg, status }),
  });
  const strays = createStrays({
    http,
    app,
    log,
    sayEnded: (call, leg) => tell(call, { type: 'leg-ended', at: clock.now(), leg, cause: 0 }),
    sayStrayed: (call, leg) => listener({ type: 'strayed', call, leg }),
  });
  const talk = createTalk({
    confirmed(call, leg) {
      // Listening costs Asterisk time for as long as it is on.
      void rest.request({
        method: 'POST',
        path: `channels/${segment(leg)}/variable`,
        body: { variable: 'TALK_DETECT(remove)', value: '' },
      });
      tell(call, { type: 'leg-confirmed', at: clock.now(), leg, by: 'talk' });
    },
  });
  const link = createLink({
    socket,
    rest,
    http,
    app,
    log,
    meter,
    newAsterisk: () => dialling.forget(),
    up() {
      listener({ type: 'connected' });
      dialling.resume();
    },
    down: (reason) => listener({ type: 'disconnected', reason }),
    gone: () => listener({ type: 'gone' }),
    replaced: () => listener({ type: 'replaced' }),
    text: receive,
  });

  function tell(call: CallId, input: CallInput): void {
    listener({ type: 'input', call, input });
  }

  /** SV2: news that is seconds old is compared with what is there now, as after any absence. */
  function stoodStill(): void {
    if (link.isUp) socket.restart('this process stood still');
  }

  /** Parsed once; answers go to their request at once, events wait until the link is up. */
  function receive(text: string): void {
    if (standstill?.noticed() === true) {
      stoodStill();
      return;
    }
    const decoded = decode(text);
    switch (decoded.kind) {
      case 'answer':
        rest.answer(decoded.id, decoded);
        return;
      case 'event': {
        meter.count('hotline_ari_events_total', { type: decoded.event.type });
        const at = clock.now();
        link.whenUp(() => handle(decoded.event, at));
        return;
      }
      case 'unknown':
        meter.count('hotline_ari_events_total', { type: 'unknown' });
        log.debug({ type: decoded.type }, 'Event of a type nobody here waits for.');
        return;
      case 'malformed':
        meter.count('hotline_ari_events_total', { type: 'malformed' });
        log.error(
          { type: decoded.type, why: decoded.why },
          'Event of a shape unknown to us; was Asterisk upgraded? See decode.ts.',
        );
    }
  }

  function handle(event: AriEvent, at: Time): void {
    if (event.type === 'ApplicationReplaced') {
      link.replaced();
      return;
    }
    if ('recording' in event) {
      recordingSaid(event, at);
      return;
    }
    if ('playback' in event) {
      const { id, state } = event.playback;
      // Named after their call; a beep's end is nobody's business.
      const said = /^(?<call>[^.]+)\.say\.\d+$/u.exec(id)?.groups?.['call'];
      if (said !== undefined) tell(said, { type: 'said', at, playing: id, ok: state !== 'failed' });
      return;
    }
    const { channel } = event;
    const call = channel.channelvars.HOTLINE_CALL;
    switch (event.type) {
      case 'StasisStart':
        if (event.args[0] === 'leg') dialling.started(channel.id);
        else if (event.args[0] === 'arrive') strays.settled(channel.id);
        // Both ends of the channel a phone's REFER made: the engine transfers by itself.
        if (event.args[0] === 'refer' || event.replace_channel !== undefined) {
          void rest.request({ method: 'DELETE', path: `channels/${segment(channel.id)}` }, true);
          return;
        }
        break;
      case 'StasisEnd':
        if (call !== '') strays.left(call, channel.id);
        break;
      case 'ChannelDestroyed':
        saves.gone(channel.id);
        strays.settled(channel.id);
        talk.gone(channel.id);
        if (!dialling.ended(channel.id)) return;
        break;
      case 'ChannelTalkingStarted':
        talk.began(call, channel.id);
        break;
      case 'ChannelTalkingFinished':
        talk.finished(call, channel.id, event.duration);
        break;
      case 'BridgeBlindTransfer':
        // Asterisk took the seat out of the bridge; if the engine refuses the wish, it must not stand in silence (CL2).
        if (event.bridge)
          void rest.request(
            {
              method: 'POST',
              path: `bridges/${segment(event.bridge.id)}/addChannel`,
              query: { channel: channel.id },
            },
            true,
          );
        break;
      default:
    }
    const translated = translate(event, at, targetOf);
    if (translated.kind === 'input')
      listener({ type: 'input', call: translated.call, input: translated.input });
    else log.debug({ type: event.type, reason: translated.reason }, 'Event without meaning for a call.');
  }

  function recordingSaid(event: Extract<AriEvent, { recording: unknown }>, at: Time): void {
    const { name, cause } = event.recording;
    const call = callOfRecording(name);
    if (call === '') return;
    if (event.type === 'RecordingStarted') {
      tell(call, { type: 'recording-started', at, name });
      return;
    }
    if (event.type === 'RecordingFailed') {
      log.warn(
        { call, name, cause },
        'Asterisk gave up a recording; see its log, and whether its disk is full.',
      );
      tell(call, { type: 'recording-failed', at, name, order: 'start', status: 0 });
    }
    listener({ type: 'recorded', call, name, at });
  }

  function failed(call: CallId, effect: string, leg: string | null, reply: AriReply): void {
    if (reply.status === lost) return;
    log.warn(
      { call, effect, leg, status: reply.status, answer: reply.body.slice(0, 200) },
      'Asterisk refused an order.',
    );
    tell(call, { type: 'effect-failed', at: clock.now(), effect, leg, status: reply.status });
  }

  function carryOut(call: CallId, order: PlainOrder): void {
    for (const step of stepsOf(order))
      void rest.request(step.request, true).then((reply) => {
        if (!succeeded(reply) && !(step.tearDown && alreadyGone(reply)))
          failed(call, order.type, step.leg, reply);
      });
  }

  return {
    start(given) {
      listener = given;
      standstill = watchStandstill(stoodStill);
      return link.start();
    },
    async stop() {
      standstill?.stop();
      if (link.isUp) await saves.flush();
      link.stop();
      await http.close();
    },
    get connected() {
      return link.isUp;
    },
    perform(call: CallId, order: TelephonyOrder) {
      if (order.type === 'dial') dialling.begin(call, order);
      else if (order.type === 'hang-up') dialling.hangUp(call, order);
      else if (order.type === 'beep')
        void beep(rest, http, order.leg).then((reply) => {
          if (!succeeded(reply)) failed(call, order.type, order.leg, reply);
        });
      else if (order.type === 'tap')
        void makeTap({ rest, app }, order, {
          stands: (leg) => tell(call, { type: 'leg-answered', at: clock.now(), leg }),
          ended: (leg) => tell(call, { type: 'leg-ended', at: clock.now(), leg, cause: 0 }),
        });
      else if (
        order.type === 'recording-start' ||
        order.type === 'recording-pause' ||
        order.type === 'recording-find'
      )
        void orderRecording(http, order).then((said) => {
          if (said) tell(call, { ...said, at: clock.now() });
        });
      else carryOut(call, order);
    },
    save: (call, caller, state) => saves.save(call, caller, state),
    survive(call, caller, dialled) {
      const query = { context: 'survival', extension: dialled, priority: '1' };
      const path = `channels/${segment(caller)}/continue`;
      void rest.request({ method: 'POST', path, query }, true).then((reply) => {
        if (succeeded(reply) || alreadyGone(reply) || reply.status === lost) return;
        log.error(
          { call, caller, status: reply.status },
          'A caller could not be given to the static seats; its dead-man takes it there.',
        );
      });
    },
    async look() {
      const found = await look(http, app);
      await Promise.all(
        found.legs.filter((leg) => leg.isCaller && !leg.ours).map((leg) => strays.watch(leg.call, leg.leg)),
      );
      return found;
    },
    async sweep(legs, bridges) {
      await Promise.all([
        ...legs.map((leg) => rest.request({ method: 'DELETE', path: `channels/${segment(leg)}` }, true)),
        ...bridges.map((bridge) =>
          rest.request({ method: 'DELETE', path: `bridges/${segment(bridge)}` }, true),
        ),
      ]);
    },
    async packetsReceived(leg) {
      const reply = await rest.request({ method: 'GET', path: `channels/${segment(leg)}/rtp_statistics` });
      if (reply.status !== 200) return null;
      const parsed = Statistics.safeParse(JSON.parse(reply.body));
      return parsed.success ? parsed.data.rxcount : null;
    },
  };
}
