// The recording of a call, for those who may hear it: written down before the first byte leaves, in ranges where asked.
// It must not serve what the ledger does not know: file and hash are the fact's.
import { z } from 'zod';
import type { Fact } from '../../protocol/facts.ts';
import { identityOf } from '../auth/identity.ts';
import { finishedRecordings } from '../export/recorded.ts';
import { problem, Refusal, sendProblem } from '../problem.ts';
import type { Api, Surface } from '../surface.ts';
import { callFor } from './calls.ts';
import { CallParams, refusals } from './shapes.ts';

const PartQuery = z.object({
  part: z.coerce
    .number()
    .int()
    .positive()
    .default(1)
    .meta({ description: 'A recording that broke off goes on in a further part; see `x-recording-parts`.' }),
});

export function recordingRoutes(api: Api, surface: Surface): void {
  const { deps } = surface;
  api.get(
    '/v1/calls/:id/recording',
    {
      schema: {
        tags: ['calls'],
        summary: 'The recording (audio/wav), whole or by Range; each fetch is written down',
        description: 'Its `etag` is the SHA-256 of the whole file, as in the fact recording.finished.',
        params: CallParams,
        querystring: PartQuery,
        response: { 200: z.any(), 206: z.any(), ...refusals },
      },
    },
    async (request, reply) => {
      const { actor } = identityOf(request);
      const { recordings } = deps;
      const view = await callFor(surface, actor, request.params.id);
      const { range } = request.headers;
      const facts = await deps.engine.timeline(view.id);
      const parts = finishedRecordings(facts);
      const { part } = request.query;
      const wanted = parts[part - 1];
      if (!recordings || !wanted) throw new Refusal(isOpen(facts) ? 'recording-open' : 'not-found');
      const size = await recordings.size(wanted.file);
      if (size === null) throw new Refusal('not-found');
      const asked = rangeOf(range, size);
      // First the entry, then the voice (R28).
      await surface.trail.must({
        actor: actor.user,
        action: 'recording.fetched',
        subject: view.id,
        details: {
          part,
          sha256: wanted.sha256,
          ...(range === undefined ? {} : { range: range.slice(0, 100) }),
        },
      });
      void reply
        .header('content-type', 'audio/wav')
        .header('accept-ranges', 'bytes')
        .header('etag', `"${wanted.sha256}"`)
        .header('cache-control', 'no-store')
        .header('x-recording-parts', String(parts.length));
      if (asked === 'unsatisfiable')
        return sendProblem(reply.header('content-range', `bytes */${size}`), {
          ...problem('bad-request', 'The range lies outside the recording; see content-range.'),
          status: 416,
        });
      const { from, to } = asked ?? { from: 0, to: size - 1 };
      if (asked) void reply.code(206).header('content-range', `bytes ${from}-${to}/${size}`);
      return reply.header('content-length', to - from + 1).send(recordings.read(wanted.file, from, to));
    },
  );
}

/** Begun, and neither finished nor known to be lost. */
function isOpen(facts: readonly Fact[]): boolean {
  const names = (...types: string[]) =>
    facts.filter(({ type }) => types.includes(type)).map(({ data }) => data['file']);
  const over = new Set(names('recording.finished', 'alarm.recording-missing'));
  return names('recording.started').some((name) => !over.has(name));
}

type Asked = { readonly from: number; readonly to: number } | 'unsatisfiable' | null;

/** One range of bytes (RFC 9110 §14); anything else is answered with the whole file, as the RFC allows. */
function rangeOf(header: string | undefined, size: number): Asked {
  const match = /^bytes=(?<from>\d{0,15})-(?<to>\d{0,15})$/u.exec(header ?? '');
  const { from: first = '', to: last = '' } = match?.groups ?? {};
  if (!match || (first === '' && last === '')) return null;
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === '' || last === '' ? size - 1 : Math.min(size - 1, Number(last));
  if (first !== '' && last !== '' && Number(last) < Number(first)) return null;
  return from >= size || from > to ? 'unsatisfiable' : { from, to };
}
