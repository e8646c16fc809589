// Legs on their way from order to ringing: create, wait for the leg to enter our application, then dial. Dialling straight
// after create is refused now and then in quiet hours (notes §2). It must not know what a leg is for.
import type { TelephonyOrder } from '../../engine/ports.ts';
import type { CallId, LegId } from '../../protocol/words.ts';
import {
  alreadyGone,
  lost,
  segment,
  succeeded,
  unanswered,
  type AriReply,
  type AriRequest,
} from './access.ts';
import type { RestLane } from './rest.ts';

export type DialOrder = Extract<TelephonyOrder, { type: 'dial' }>;
type HangUpOrder = Extract<TelephonyOrder, { type: 'hang-up' }>;

/** A leg that ended without an event of Asterisk's. Q.850 cause; `unreachable`: the phone or trunk could not be rung. */
export interface EarlyEnd {
  readonly cause: number;
  readonly how?: 'unreachable';
}

export interface Dialling {
  begin(call: CallId, order: DialOrder): void;
  hangUp(call: CallId, order: HangUpOrder): void;
  /** The leg has entered our application. */
  started(leg: LegId): void;
  /** Connected again: legs whose entry was told to nobody are dialled now. */
  resume(): void;
  /** The channel is gone. False: its end was told before and must not be told twice. */
  ended(leg: LegId): boolean;
  /** Another Asterisk: none of them exists. */
  forget(): void;
}

interface Pending {
  readonly call: CallId;
  readonly order: DialOrder;
  created: boolean;
}

const noSubscriber = 20;
const temporaryFailure = 41;
const normalClearing = 16;

const reasons: Record<HangUpOrder['reason'], string> = {
  normal: 'normal',
  busy: 'busy',
  'no-answer': 'no_answer',
};

export function createDialling(options: {
  rest: RestLane;
  app: string;
  /** Phones that can are asked to answer by themselves (headset seats, lab). */
  autoAnswer: boolean;
  sayEnded: (call: CallId, leg: LegId, end: EarlyEnd) => void;
  sayFailed: (call: CallId, effect: string, leg: LegId, status: number) => void;
}): Dialling {
  const { rest, sayEnded, sayFailed } = options;
  /** From create to dial. A leg ordered away leaves it at once, so that it is never dialled. */
  const pending = new Map<LegId, Pending>();
  /** Ends told by us while the channel may still be there. */
  const told = new Set<LegId>();

  function remove(leg: LegId, reason: string): Promise<AriReply> {
    return rest.request({ method: 'DELETE', path: `channels/${segment(leg)}`, query: { reason } }, true);
  }

  function createAnswered(one: Pending, reply: AriReply): void {
    const { leg } = one.order;
    if (!succeeded(reply) && pending.get(leg) !== one) return;
    if (succeeded(reply)) {
      one.created = true;
      return;
    }
    if (reply.status === 409) {
      // Sent twice over a cut connection; the first one made it, and its entry may have been told to nobody.
      one.created = true;
      dial(one);
      return;
    }
    pending.delete(leg);
    if (reply.status === lost) return;
    if (reply.status === unanswered) {
      told.add(leg);
      void remove(leg, 'normal').then((removed) => {
        // It never was: no event will come to be kept silent.
        if (alreadyGone(removed)) told.delete(leg);
      });
      sayEnded(one.call, leg, { cause: temporaryFailure });
      return;
    }
    // The caller left in the same moment: not the fault of the phone that was to ring (OF5 would punish it).
    const callerGone = one.order.caller !== null && /originator/iu.test(reply.body);
    sayEnded(
      one.call,
      leg,
      callerGone ? { cause: normalClearing } : { cause: noSubscriber, how: 'unreachable' },
    );
  }

  function dial(one: Pending): void {
    const { order } = one;
    if (!pending.delete(order.leg)) return;
    const query = {
      timeout: String(Math.ceil(order.ringSeconds)),
      ...(order.caller === null ? {} : { caller: order.caller }),
    };
    void rest
      .request({ method: 'POST', path: `channels/${segment(order.leg)}/dial`, query }, true)
      .then((reply) => {
        // 404: it ended in between, and its end is on the way as an event. 409 after a cut: it rings already.
        if (succeeded(reply) || reply.status === 404 || reply.status === 409 || reply.status === lost) return;
        told.add(order.leg);
        void remove(order.leg, 'normal');
        sayEnded(one.call, order.leg, { cause: temporaryFailure });
      });
  }

  /**
   * CL4: a citizen enters the dialplan with its answer, by itself, so that it has the static seats when we are gone by then.
   * Asterisk tells nobody of a channel outside the application unless asked to.
   */
  function callOut(call: CallId, order: DialOrder, arrives: NonNullable<DialOrder['arrives']>): void {
    const failed = (reply: AriReply): void => {
      if (succeeded(reply) || reply.status === 409 || reply.status === lost) return;
      if (reply.status === unanswered) {
        told.add(order.leg);
        void remove(order.leg, 'normal').then((removed) => {
          if (alreadyGone(removed)) told.delete(order.leg);
        });
      }
      sayEnded(call, order.leg, { cause: reply.status === unanswered ? temporaryFailure : noSubscriber });
    };
    void rest.request(outgoing(order, arrives), true).then(async (made) => {
      if (!succeeded(made) && made.status !== 409) {
        failed(made);
        return;
      }
      const eventSource = `channel:${order.leg}`;
      const path = `applications/${segment(options.app)}/subscription`;
      failed(await rest.request({ method: 'POST', path, query: { eventSource } }, true));
    });
  }

  return {
    begin(call, order) {
      if (order.arrives) {
        callOut(call, order, order.arrives);
        return;
      }
      const one: Pending = { call, order, created: false };
      pending.set(order.leg, one);
      void rest
        .request(creation(options.app, options.autoAnswer, order), true)
        .then((reply) => createAnswered(one, reply));
    },
    hangUp(call, order) {
      pending.delete(order.leg);
      void remove(order.leg, reasons[order.reason]).then((reply) => {
        if (succeeded(reply) || alreadyGone(reply) || reply.status === lost) return;
        sayFailed(call, order.type, order.leg, reply.status);
      });
    },
    started(leg) {
      const one = pending.get(leg);
      if (one) dial(one);
    },
    resume() {
      for (const one of [...pending.values()]) if (one.created) dial(one);
    },
    ended(leg) {
      pending.delete(leg);
      return !told.delete(leg);
    },
    forget() {
      pending.clear();
      told.clear();
    },
  };
}

function creation(app: string, autoAnswer: boolean, order: DialOrder): AriRequest {
  return {
    method: 'POST',
    path: 'channels/create',
    query: {
      endpoint: order.endpoint,
      app,
      appArgs: `leg,${order.call}`,
      channelId: order.leg,
      // Asterisk takes either the caller's codecs or ours. A-law first: no seat needs transcoding then.
      ...(order.caller === null ? { formats: 'alaw,ulaw' } : { originator: order.caller }),
    },
    body: {
      variables: {
        HOTLINE_CALL: order.call,
        HOTLINE_ROLE: order.role,
        // A leg nobody dials or hangs up ends by itself (notes §2).
        'TIMEOUT(absolute)': String(Math.ceil(order.ringSeconds) + 15),
        'PJSIP_HEADER(add,X-Hotline-Call)': order.call,
        ...(order.toSeat ? { TRANSFER_CONTEXT: 'seat-transfer' } : {}),
        ...(order.toSeat && autoAnswer ? { 'PJSIP_HEADER(add,Alert-Info)': 'info=alert-autoanswer' } : {}),
        ...(order.acceptance === 'talk' ? { 'TALK_DETECT(set)': '' } : {}),
        // Should nobody of ours live when it goes: whom it leaves alone does not stay so (dialplan, leg-gone).
        'CHANNEL(hangup_handler_push)': 'leg-gone,s,1',
        ...(order.caller === null ? { 'CONNECTEDLINE(num,i)': order.callerNumber } : {}),
      },
    },
  };
}

function outgoing(order: DialOrder, arrives: NonNullable<DialOrder['arrives']>): AriRequest {
  return {
    method: 'POST',
    path: 'channels',
    query: {
      endpoint: order.endpoint,
      context: 'called-back',
      extension: arrives.dialled,
      priority: '1',
      channelId: order.leg,
      timeout: String(Math.ceil(order.ringSeconds)),
      formats: 'alaw,ulaw',
    },
    body: {
      variables: {
        HOTLINE_CALL: order.call,
        HOTLINE_ROLE: order.role,
        HOTLINE_PLATFORM: arrives.platform,
        HOTLINE_DIALLED: arrives.dialled,
        HOTLINE_SURVIVALS: '0',
        // The static seats see who it is.
        'CALLERID(num)': arrives.number,
        'CONNECTEDLINE(num,i)': order.callerNumber,
        'PJSIP_HEADER(add,X-Hotline-Call)': order.call,
      },
    },
  };
}
