// How a call looks in one line of a list. Pure.
import type { CallView } from '../../../server/protocol/views.ts';

export function phaseTone({ phase }: CallView): 'warn' | 'good' | 'brand' | 'calm' | 'plain' {
  switch (phase) {
    case 'arriving':
    case 'queued':
    case 'offering':
      return 'warn';
    case 'talking':
      return 'good';
    case 'transferring':
      return 'brand';
    case 'three-way':
      return 'calm';
    case 'ending':
    case 'ended':
      return 'plain';
  }
}

/** Who is with the caller: seats and lines. */
export const seatsOf = ({ parties }: CallView): string =>
  parties
    .filter(({ role }) => role !== 'caller' && role !== 'recorder')
    .map(({ seat, line }) => seat ?? line ?? '')
    .filter((name) => name !== '')
    .join(' · ');
