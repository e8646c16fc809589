// 110 into a call that is up, for a ticket that escalated (R8): the danger button in somebody's name.
// It must not touch a call that is over: the ticket itself then tells 110.
import type { Actor, CallId, Platform } from '../../protocol/words.ts';
import type { EngineFace } from '../face.ts';

/** False where the call is over or refuses another party; repeated with the same command it rings once. */
export async function ringInto(
  engine: EngineFace,
  call: CallId,
  line: Platform,
  command: string,
  actor: Actor,
): Promise<boolean> {
  const live = engine.liveCalls().find(({ id }) => id === call);
  if (!live || live.parties.some((party) => party.platform === line)) return false;
  // The seat that has the caller adds the line: the caller goes on talking (TW1).
  const owner: Actor = {
    user: actor.user,
    role: 'seat',
    platform: live.platform,
    seat: live.owner ?? actor.seat,
  };
  const answer = await engine.commandCall(call, command, owner, {
    name: 'three-way',
    body: { to: { line }, reason: '工单升级' },
  });
  return answer.ok;
}
