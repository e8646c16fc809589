// Whether the phone a supervisor asks for may be taken: looked up at the floor in the same tick in which the call takes it, so
// that nobody else can be given it between. It must not take it: the call tells the floor.
import type { CallCommand } from '../protocol/commands.ts';
import type { RefusalCode } from '../protocol/errors.ts';
import type { Actor } from '../protocol/words.ts';
import type { Floor } from '../domain/acd/floor.ts';
import { supervisorLeg } from '../domain/call/supervised.ts';
import type { Call } from '../domain/call/state.ts';

/** Null: go on. `id`: the command's key; a repeat was looked at before (TR1), and so was a change of mode. */
export function phoneRefused(
  floor: Floor,
  call: Call | undefined,
  id: string,
  actor: Actor,
  command: CallCommand,
): RefusalCode | null {
  if (command.name !== 'supervise' || command.body.seat === undefined || !call) return null;
  if (call.seen.some((seen) => seen.id === id) || supervisorLeg(call, actor.user)) return null;
  const seat = floor.seat(command.body.seat);
  if (!seat || seat.status === 'offline') return 'not-signed-in';
  if (seat.state !== 'idle') return 'seat-busy';
  return seat.phone === 'registered' ? null : 'phone-not-registered';
}
