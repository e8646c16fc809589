// One command over HTTP: key → engine → audit → 202 with the new view, or the refusal with the current one (design §6).
// It must not decide whether a command is allowed on a call's state: the engine does.
import type { FastifyRequest } from 'fastify';
import type { Answer } from '../engine/face.ts';
import type { Actor } from '../protocol/words.ts';
import { identityOf } from './auth/identity.ts';
import { Refusal } from './problem.ts';
import type { Surface } from './surface.ts';

export interface Order<V> {
  /** As the audit names it, e.g. `call.transfer`. */
  readonly action: string;
  readonly subject: string;
  readonly body: unknown;
  run(id: string, actor: Actor): Promise<Answer<V>>;
  /** The view as this actor may see it. */
  see(actor: Actor, view: V): V;
}

/** What was accepted, with the view as the one who asked may see it; throws a Refusal with the current view otherwise. */
export async function carryOut<V extends object>(
  surface: Surface,
  request: FastifyRequest,
  order: Order<V>,
): Promise<{ readonly version: number; readonly seen: V }> {
  const { actor } = identityOf(request);
  const id = surface.keys.claim(request, actor.user);
  const answer = await order.run(id, actor);
  surface.trail.note({
    actor: actor.user,
    action: order.action,
    subject: order.subject,
    details: {
      id,
      asked: order.body ?? {},
      ...(answer.ok ? { result: 'accepted', version: answer.version } : { result: answer.code }),
    },
  });
  if (answer.ok) return { version: answer.version, seen: order.see(actor, answer.view) };
  const state = answer.view === null ? null : order.see(actor, answer.view);
  throw new Refusal(answer.code, { ...(answer.field === undefined ? {} : { field: answer.field }), state });
}
