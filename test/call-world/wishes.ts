// What people ask of a call: mostly what one asks where it is, sometimes anything at all.
// It must not know whether it will be granted.
import type { CallCommand } from '../../server/protocol/commands.ts';
import type { Target } from '../../server/protocol/words.ts';
import type { Call, PhaseName } from '../../server/domain/call/state.ts';
import { commandNames } from './coverage.ts';
import type { Tape } from './tape.ts';
import type { World } from './world.ts';

const targets: readonly [Target, ...Target[]] = [
  { line: '110' },
  { line: '12345' },
  { line: '119' },
  { line: 'water' },
  { line: 'court' },
  { line: 'port' },
  { seat: '3001' },
  { seat: '1002' },
  { queue: '110' },
  { line: 'unheard-of' },
];
/** What people do where a call is; one in four commands is anything at all. */
const likely: Record<PhaseName, readonly CallCommand['name'][]> = {
  arriving: ['tag'],
  queued: ['tag'],
  offering: ['tag'],
  talking: [
    'transfer',
    'transfer',
    'three-way',
    'three-way',
    'hold',
    'resume',
    'mute',
    'unmute',
    'supervise',
    'silence-ask',
  ],
  transferring: ['transfer-cancel', 'transfer-merge', 'mute'],
  'three-way': [
    'outcome',
    'outcome',
    'consult',
    'consult',
    'three-way',
    'hold',
    'resume',
    'leave',
    'transfer-merge',
    'transfer-cancel',
    'hang-up',
    'supervise',
    'supervise-end',
    'recording-pause',
    'recording-resume',
  ],
  rating: commandNames,
  ending: ['tag'],
};

export function wish(world: World, call: Call, tape: Tape): CallCommand {
  const party = tape.pick(['caller', ...call.legs.map((leg) => leg.id)]);
  const picked = tape.pick(tape.one(4) ? commandNames : likely[call.phase.name]);
  // Paused it is resumed, some day.
  const paused = call.recording !== undefined && call.recording.pausedAt !== null;
  const name = picked === 'recording-pause' && paused ? 'recording-resume' : (picked ?? 'tag');
  const reason = tape.one(2) ? { reason: 'asked' } : {};
  switch (name) {
    case 'tag':
      return {
        name,
        body: {
          class: tape.pick(['general', 'urgent', 'major']),
          item: '',
          region: '',
          place: '',
          summary: '',
        },
      };
    case 'hold':
    case 'resume':
      return { name, body: { party } };
    case 'mute':
    case 'unmute':
      return { name, body: tape.one(2) ? {} : { party } };
    case 'transfer': {
      const mode = tape.one(4) ? 'consult' : 'one-click';
      return { name, body: { to: tape.pick(targets), mode, danger: tape.one(5), ...reason } };
    }
    case 'three-way':
      return { name, body: { to: tape.pick(targets) } };
    case 'consult':
      return { name, body: { on: tape.one(2) } };
    case 'outcome':
      return {
        name,
        body: { acceptedBy: tape.pick(['12345', '12345', '110', 'both']), danger: tape.one(9), note: 'n' },
      };
    case 'leave':
      return { name, body: tape.one(3) ? { disposition: 'told' } : {} };
    case 'hang-up':
      return {
        name,
        body: { ...(tape.one(3) ? { disposition: 'told' } : {}), ...(tape.one(2) ? { party } : {}) },
      };
    case 'silence-decide':
      return { name, body: { decision: tape.pick(['danger', 'call-back', 'unheard-of']) } };
    case 'recording-pause':
      return { name, body: { reason: 'card number' } };
    case 'guide':
      return { name, body: { line: tape.one(3) ? 'unheard-of' : '119' } };
    case 'supervise': {
      // The engine has looked that it is free (engine/supervising.ts).
      const seat = tape.pick([...world.floor.seats.values()].filter((each) => each.state === 'idle'))?.id;
      return {
        name,
        body: {
          mode: tape.pick(['listen', 'whisper', 'barge', 'take-over']),
          visible: tape.one(2),
          ...(seat === undefined ? {} : { seat }),
        },
      };
    }
    case 'transfer-cancel':
    case 'transfer-merge':
    case 'supervise-end':
    case 'silence-ask':
    case 'recording-resume':
      return { name, body: {} };
  }
}
