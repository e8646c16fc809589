// The engine as the HTTP surface sees it: which room answers what. It must not do anything of its own.
import type { Ledger, Publisher, Telephony } from './ports.ts';
import type { Commands } from './commands.ts';
import type { Comparison } from './comparison.ts';
import type { Desks } from './desks.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { EngineFace } from './face.ts';
import type { LostPhones } from './lost-phones.ts';
import type { Readings } from './readings.ts';
import type { Recorder } from './recorder.ts';

interface Rooms {
  readonly telephony: Telephony;
  readonly ledger: Ledger;
  readonly publisher: Publisher;
  readonly dispatcher: Dispatcher;
  readonly recorder: Recorder;
  readonly comparison: Comparison;
  readonly commands: Commands;
  readonly readings: Readings;
  readonly lostPhones: LostPhones;
  readonly desks: Desks;
}

export function openFace(rooms: Rooms): EngineFace {
  const { commands, comparison, readings, recorder } = rooms;
  const { overflow, notices, broadcasts, nuisance, callBacks } = rooms.desks;
  return {
    overflow,
    notices,
    broadcasts,
    nuisance,
    readiness() {
      const ledger = rooms.ledger.state();
      return {
        ready: comparison.ready,
        parts: {
          engine: comparison.state,
          asterisk: rooms.telephony.connected ? 'up' : 'down',
          database: ledger.database,
          spooled: String(ledger.spooled),
          valkey: rooms.publisher.state(),
          calls: String(rooms.dispatcher.calls.size),
        },
      };
    },
    commandCall: (...asked) => commands.call(...asked),
    commandSeat: (...asked) => commands.seat(...asked),
    prioritise: (...asked) => commands.prioritise(...asked),
    phoneClosed(seat) {
      if (comparison.ready) void rooms.lostPhones.closed(seat);
    },
    liveCalls: () => readings.liveCalls(),
    call: (id) => readings.call(id),
    calls: (filter) => readings.calls(filter),
    timeline: (call) => readings.timeline(call),
    volume: (...asked) => readings.volume(...asked),
    seats: () => readings.seats(),
    seat: (id) => readings.seat(id),
    queues: () => readings.queues(),
    queue: (id) => readings.queue(id),
    platforms: () => readings.platforms(),
    platform: (id) => readings.platform(id),
    lines: () => readings.lines(),
    callBacks: () => readings.callBacks(),
    callBackDone: (...asked) => commands.callBackDone(...asked),
    keptPlaces: (platform) => callBacks.list(platform),
    get sequence() {
      return recorder.sequence;
    },
    factsAfter: (sequence, limit) => recorder.factsAfter(sequence, limit),
    onChange: (listener) => recorder.onChange(listener),
    onViews: (listener) => recorder.onViews(listener),
  };
}
