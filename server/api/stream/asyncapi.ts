// AsyncAPI 3.0 of the stream, made from the same schemas that check it. It must not be written by hand.
import { z } from 'zod';
import { StreamFrame, StreamHello } from '../../protocol/facts.ts';

const schemaOf = (schema: z.ZodType): Record<string, unknown> => {
  const made: Record<string, unknown> = {
    ...z.toJSONSchema(schema, {
      target: 'draft-7',
      unrepresentable: 'any',
    }),
  };
  delete made['$schema'];
  return made;
};

export function asyncApiDocument(): Record<string, unknown> {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Hotline Link: the stream',
      version: '1.0.0',
      description:
        'Say hello within 10 s, with the last sequence you have or without. You get the facts you missed, in order, or a snapshot; then each ' +
        "fact as it happens, within your role's scope, numbers masked. Every frame names in `after` the sequence of the one before it on this " +
        'socket: when it is not the one you have, say hello again. Close code 4401: the session has ended; 1013: you read too slowly.',
    },
    defaultContentType: 'application/json',
    channels: {
      stream: {
        address: '/v1/stream',
        messages: {
          hello: { $ref: '#/components/messages/hello' },
          frame: { $ref: '#/components/messages/frame' },
        },
        bindings: { ws: { method: 'GET', bindingVersion: '0.1.0' } },
      },
    },
    operations: {
      sayHello: {
        action: 'receive',
        channel: { $ref: '#/channels/stream' },
        messages: [{ $ref: '#/channels/stream/messages/hello' }],
      },
      sendFrame: {
        action: 'send',
        channel: { $ref: '#/channels/stream' },
        messages: [{ $ref: '#/channels/stream/messages/frame' }],
      },
    },
    components: {
      messages: {
        hello: {
          summary: 'First message of the client, and again after a gap',
          payload: schemaOf(StreamHello),
        },
        frame: { summary: 'Snapshot, fact, change, mark or problem', payload: schemaOf(StreamFrame) },
      },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    },
  };
}
