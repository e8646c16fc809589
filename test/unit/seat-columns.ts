// A seat in each of its states, and what may be said to it, for the tests of its step.
// It must not assert.
import { newSeat } from '../../server/domain/acd/floor.ts';
import type { Seat } from '../../server/domain/acd/floor.ts';
import type { SeatInput } from '../../server/domain/seat/decide.ts';

const actor = { user: 'zhang', role: 'seat', platform: '12345', seat: '1001' } as const;

export const at = 1_000_000;

const blank = newSeat(
  {
    id: '1001',
    platform: '12345',
    group: 'local',
    remote: false,
    endpoint: 'PJSIP/1001',
    queues: ['q12345'],
  },
  0,
);

const made = (change: Partial<Seat>): Seat => ({ ...blank, phone: 'registered', status: 'ready', ...change });

const wrapUp = { state: 'wrap-up', call: 'c1', wrapUpUntil: at } as const;

export const columns = {
  offline: made({ status: 'offline' }),
  break: made({ status: 'break' }),
  ready: made({}),
  reserved: made({ state: 'reserved', call: 'c1', request: 'r1' }),
  ringing: made({ state: 'ringing', call: 'c1', request: 'r1' }),
  talking: made({ state: 'talking', call: 'c1' }),
  owing: made({ ...wrapUp, owesTag: true }),
  clear: made(wrapUp),
};

export const body = {};

export const ask = (command: Extract<SeatInput, { type: 'command' }>['command']): SeatInput => ({
  type: 'command',
  actor,
  command,
});

export const ended = (
  result: Extract<SeatInput, { type: 'ended' }>['result'],
  request = 'r1',
): SeatInput => ({
  type: 'ended',
  request,
  result,
});
