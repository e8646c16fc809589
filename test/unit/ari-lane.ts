// A lane of requests to an Asterisk that is not there, for the tests of the adapter.
// It must not assert.
import { setTimeout as sleep } from 'node:timers/promises';
import tap from 'tap';
import { createDialling, type DialOrder, type EarlyEnd } from '../../server/adapters/ari/dialling.ts';
import { createRestLane, type RestLane } from '../../server/adapters/ari/rest.ts';

const nothing = (): void => undefined;

export const meter = { count: nothing, observe: nothing, gauge: nothing };

export const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };

export const settle = (): Promise<void> => sleep(0);

const lanes: RestLane[] = [];
tap.teardown(() => lanes.forEach((rest) => rest.drop()));

export function lane(timeoutMs = 60_000) {
  const sent: { id: string; method: string; uri: string; body: unknown }[] = [];
  const rest = createRestLane({
    meter,
    timeoutMs,
    send(text) {
      const message = JSON.parse(text) as {
        request_id: string;
        method: string;
        uri: string;
        message_body?: string;
      };
      sent.push({
        id: message.request_id,
        method: message.method,
        uri: message.uri,
        body: JSON.parse(message.message_body ?? 'null'),
      });
    },
  });
  lanes.push(rest);
  return { rest, sent };
}

export function dialled(autoAnswer = false, timeoutMs?: number) {
  const { rest, sent } = lane(timeoutMs);
  rest.resume();
  const ends: [string, EarlyEnd][] = [];
  const dialling = createDialling({
    rest,
    app: 'hotline',
    autoAnswer,
    sayEnded: (_call, leg, end) => ends.push([leg, end]),
    sayFailed: nothing,
  });
  const order: DialOrder = {
    type: 'dial',
    leg: 'c-1.1001.1',
    endpoint: 'PJSIP/1001',
    caller: 'x',
    callerNumber: '139',
    ringSeconds: 12,
    call: 'c-1',
    role: 'owner',
    toSeat: true,
    acceptance: 'answer',
  };
  const answer = async (nth: number, status: number, body = ''): Promise<void> => {
    rest.answer(sent[nth]!.id, { status, body });
    await settle();
  };
  return { dialling, order, sent, ends, answer, rest };
}
