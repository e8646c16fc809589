// The name of whom a caller is handed to. Pure.
import type { LineView } from '../../../server/protocol/views.ts';
import type { Target } from '../../../server/protocol/words.ts';

export function targetName(target: Target, lines: readonly LineView[]): string {
  if ('line' in target) return lines.find((line) => line.id === target.line)?.name ?? target.line;
  return 'queue' in target ? target.queue : target.seat;
}
