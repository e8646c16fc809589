// zod as validator and serialiser of the API's routes. A view that does not match its schema is still sent, and logged:
// a command that was carried out must not be answered 500 for a field too many. It must not reach the plugins' routes.
import type { FastifyInstance } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Log } from '../engine/ports.ts';

export function installZod(api: FastifyInstance, log: Log): void {
  api.setValidatorCompiler(validatorCompiler);
  api.setSerializerCompiler(({ schema, method, url }) => {
    const shape = schema as unknown as z.ZodType;
    return (data: unknown) => {
      const read = z.safeEncode(shape, data);
      if (read.success) return JSON.stringify(read.data);
      const fields = read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
      log.error(
        { route: `${method} ${url}`, fields },
        'an answer does not match its schema; it was sent as it is: mend the view or the schema',
      );
      return JSON.stringify(data);
    };
  });
}

/** For lists of what the store itself wrote under the same schema: checking every row again costs more than reading it. */
export const asStored = () => (data: unknown) => JSON.stringify(data);
