// Everything a seat or a supervisor may ask of one call. It must not judge the call's state: the engine answers 409.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import {
  ConsultBody,
  GuideBody,
  HangUpBody,
  HoldBody,
  LeaveBody,
  MuteBody,
  OutcomeBody,
  RecordingPauseBody,
  SilenceDecideBody,
  SuperviseBody,
  ThreeWayBody,
  TransferBody,
} from '../../protocol/commands.ts';
import type { CallCommand } from '../../protocol/commands.ts';
import { CallView } from '../../protocol/views.ts';
import { Tag } from '../../protocol/words.ts';
import { identityOf } from '../auth/identity.ts';
import { carryOut } from '../command.ts';
import { Refusal } from '../problem.ts';
import type { Api, Surface } from '../surface.ts';
import { callFor } from './calls.ts';
import { CallParams, Nothing, refusals } from './shapes.ts';

type Name = CallCommand['name'];
type Route = readonly [
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  name: Name,
  body: z.ZodType,
  summary: string,
];

const routes: readonly Route[] = [
  ['PUT', 'tag', 'tag', Tag, 'Class, item, place and summary; urgent and major take effect at once (WR2)'],
  ['POST', 'hold', 'hold', HoldBody, 'A party hears music'],
  ['POST', 'resume', 'resume', HoldBody, 'A held party is back'],
  ['POST', 'mute', 'mute', MuteBody, 'A party is not heard'],
  ['POST', 'unmute', 'unmute', MuteBody, 'A muted party is heard again'],
  [
    'POST',
    'transfer',
    'transfer',
    TransferBody,
    'Hand the caller over; you stay until a seat of the target answers (TR1–TR15)',
  ],
  [
    'POST',
    'transfer/cancel',
    'transfer-cancel',
    Nothing,
    'Take the caller back while the target rings (TR8)',
  ],
  ['POST', 'transfer/merge', 'transfer-merge', Nothing, 'Make it a three-way (TR9)'],
  [
    'POST',
    'three-way',
    'three-way',
    ThreeWayBody,
    'Add a line, queue or seat; the caller goes on talking (TW1)',
  ],
  ['POST', 'consult', 'consult', ConsultBody, 'Seats alone, the caller has music; and back (TW3)'],
  ['POST', 'outcome', 'outcome', OutcomeBody, 'Propose who accepts; danger makes 110 first at once (TW5)'],
  ['POST', 'leave', 'leave', LeaveBody, 'Leave the others talking (TW4)'],
  ['POST', 'hang-up', 'hang-up', HangUpBody, 'End the call, or drop one party'],
  ['POST', 'guide', 'guide', GuideBody, 'The right line was named to the caller (R6)'],
  [
    'POST',
    'supervise',
    'supervise',
    SuperviseBody,
    'Listen, whisper, barge in, take over; again to change the mode',
  ],
  [
    'POST',
    'recording/pause',
    'recording-pause',
    RecordingPauseBody,
    'What is said from now on is not recorded; the reason is written down',
  ],
  [
    'POST',
    'silence',
    'silence-ask',
    Nothing,
    'The caller says nothing: a prompt asks it to press a key, and what it presses is a fact',
  ],
  [
    'POST',
    'silence/decide',
    'silence-decide',
    SilenceDecideBody,
    'What was decided of a caller who says nothing',
  ],
  ['POST', 'recording/resume', 'recording-resume', Nothing, 'Record again'],
  ['DELETE', 'supervise', 'supervise-end', Nothing, 'Stop supervising'],
];

export function callCommandRoutes(api: Api, surface: Surface): void {
  for (const [method, path, name, body, summary] of routes) {
    api.route({
      method,
      url: `/v1/calls/:id/${path}`,
      schema: {
        tags: [name.startsWith('supervise') ? 'supervision' : 'calls'],
        summary,
        params: CallParams,
        ...(body === Nothing ? {} : { body }),
        response: { 202: CallView, ...refusals },
      },
      handler: (request: FastifyRequest, reply) => answer(surface, request, reply, name),
    });
  }
}

async function answer(
  surface: Surface,
  request: FastifyRequest,
  reply: FastifyReply,
  name: Name,
): Promise<FastifyReply> {
  const { actor } = identityOf(request);
  const { id } = request.params as z.infer<typeof CallParams>;
  await callFor(surface, actor, id);
  // The route's own schema has made the body what the command of this name carries.
  const command = { name, body: request.body ?? {} } as CallCommand;
  if (command.name === 'supervise') checkPhone(surface, actor.platform, command.body.seat);
  const { seen } = await carryOut(surface, request, {
    action: `call.${name}`,
    subject: id,
    body: command.body,
    run: (key, who) => surface.deps.engine.commandCall(id, key, who, command),
    see: (who, view) => surface.scope.call(who, view),
  });
  return reply.code(202).send(seen);
}

/** The phone a supervisor listens on is one of its own platform's seats (8.4.1). */
function checkPhone({ deps }: Surface, platform: string | null, seat: string | undefined): void {
  if (seat !== undefined && deps.engine.seat(seat)?.platform !== platform)
    throw new Refusal('unknown-target', { field: 'seat' });
}
