// The domain's orders as Asterisk's requests: pure. Dialling and hanging up (dialling.ts), the beep
// (beep.ts), taps (tapping.ts) and recordings (recording.ts) take more than one step.
// It must not send anything.
import type { TelephonyOrder } from '../../engine/ports.ts';
import type { LegId } from '../../protocol/words.ts';
import { segment, type AriRequest } from './access.ts';

export type PlainOrder = Exclude<
  TelephonyOrder,
  { type: 'dial' | 'hang-up' | 'beep' | 'tap' | 'recording-start' | 'recording-pause' | 'recording-find' }
>;

export interface OrderStep {
  readonly request: AriRequest;
  /** Who is concerned when it fails; null for a bridge. */
  readonly leg: LegId | null;
  /** "Already gone" is what was wanted. */
  readonly tearDown: boolean;
}

/**
 * A week stands for never. Zero would be read by another thread of Asterisk as a time long past, when it comes between its two looks at
 * the value (`ast_check_hangup`): one leg in some 2,500 was hung up so just as it was joined. The dialplan (leg-gone) knows this too.
 */
const disarmedSeconds = 604_800;

export function stepsOf(order: PlainOrder): readonly OrderStep[] {
  switch (order.type) {
    case 'answer':
      return [onChannel(order.leg, 'POST', 'answer')];
    case 'music':
      return [onOff(order.leg, 'moh', order.on, order.notice === true ? { mohClass: 'notice' } : {})];
    case 'ringing':
      return [onOff(order.leg, 'ring', order.on)];
    case 'silence':
      return [onOff(order.leg, 'silence', order.on)];
    case 'mute':
      return [onChannel(order.leg, order.on ? 'POST' : 'DELETE', 'mute', { direction: 'in' })];
    case 'dead-man':
      return [
        onChannel(order.leg, 'POST', 'variable', {
          variable: 'TIMEOUT(absolute)',
          value: String(order.seconds === 0 ? disarmedSeconds : Math.ceil(order.seconds)),
        }),
      ];
    case 'bridge-make':
      // Plain mixing: two legs cost half of what they cost with dtmf_events (notes §2), and keys are only asked of a leg
      // that stands alone (TR4).
      // 409: it is there already, which is what was wanted.
      return [
        onBridge(
          'POST',
          segment(order.bridge),
          { type: order.keys === true ? 'mixing,dtmf_events' : 'mixing' },
          true,
        ),
      ];
    case 'bridge-add':
      // One request with all legs: Asterisk adds all or none.
      return [
        onBridge(
          'POST',
          `${segment(order.bridge)}/addChannel`,
          { channel: order.legs.join(',') },
          false,
          order.legs[0] ?? null,
        ),
      ];
    case 'bridge-remove':
      // One request a leg: a leg that has gone must not keep the others in.
      return order.legs.map((leg) =>
        onBridge('POST', `${segment(order.bridge)}/removeChannel`, { channel: leg }, true, leg),
      );
    case 'say':
      return [
        onBridge(
          'POST',
          `${segment(order.bridge)}/play/${segment(order.playing)}`,
          { media: order.sounds.map((sound) => `sound:${sound}`).join(',') },
          false,
          order.leg,
        ),
      ];
    case 'hush':
      return [
        {
          request: { method: 'DELETE', path: `playbacks/${segment(order.playing)}`, query: {} },
          leg: null,
          tearDown: true,
        },
      ];
    case 'bridge-end':
      return [onBridge('DELETE', segment(order.bridge), {}, true)];
  }
}

function onChannel(
  leg: LegId,
  method: 'POST' | 'DELETE',
  what: string,
  query: Record<string, string> = {},
): OrderStep {
  return { request: { method, path: `channels/${segment(leg)}/${what}`, query }, leg, tearDown: false };
}
const onOff = (leg: LegId, what: string, on: boolean, query: Record<string, string> = {}): OrderStep => ({
  ...onChannel(leg, on ? 'POST' : 'DELETE', what, query),
  tearDown: !on,
});

function onBridge(
  method: 'POST' | 'DELETE',
  path: string,
  query: Record<string, string>,
  tearDown: boolean,
  leg: LegId | null = null,
): OrderStep {
  return { request: { method, path: `bridges/${path}`, query }, leg, tearDown };
}
