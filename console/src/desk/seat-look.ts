// How a seat's status and state look in one word, with a sign for those who do not see colour. Pure.
import type { SeatView } from '../../../server/protocol/views.ts';

export const breakReasons = ['busy', 'rest', 'meal', 'training', 'meeting', 'paperwork'] as const;

export type SeatWord =
  | 'offline'
  | 'ready'
  | 'break'
  | 'reserved'
  | 'ringing'
  | 'talking'
  | 'wrap-up'
  | 'notResponding'
  | 'lost'
  | 'standby';
export type Tone = 'plain' | 'good' | 'brand' | 'warn' | 'bad' | 'calm';

export interface SeatLook {
  readonly word: SeatWord;
  readonly tone: Tone;
  readonly sign: string;
}

const looks: Record<SeatWord, { readonly tone: Tone; readonly sign: string }> = {
  offline: { tone: 'plain', sign: '○' },
  ready: { tone: 'good', sign: '●' },
  break: { tone: 'warn', sign: '‖' },
  reserved: { tone: 'brand', sign: '◔' },
  ringing: { tone: 'brand', sign: '◉' },
  talking: { tone: 'brand', sign: '▶' },
  'wrap-up': { tone: 'calm', sign: '✎' },
  notResponding: { tone: 'bad', sign: '!' },
  lost: { tone: 'bad', sign: '✕' },
  standby: { tone: 'plain', sign: '⇄' },
};

export function wordOf(seat: SeatView): SeatWord {
  if (seat.status === 'offline') return 'offline';
  if (seat.state !== 'idle') return seat.state;
  if (seat.notResponding) return 'notResponding';
  // A place on a lender's trunk: nobody signs it in, and it has no phone of ours.
  if (seat.remote && seat.status === 'ready' && seat.phone === 'none') return 'standby';
  if (seat.status === 'ready' && seat.phone !== 'registered') return 'lost';
  return seat.status;
}

export const seatLook = (seat: SeatView): SeatLook => {
  const word = wordOf(seat);
  return { word, ...looks[word] };
};
