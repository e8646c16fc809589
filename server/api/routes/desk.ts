// What a call-taker's desk is given beside its calls: the site's rules for it, and the caller of a moment ago to hear again.
// What is heard again goes to this one seat, written down first; it must never be put into the call.
import { z } from 'zod';
import { DeskRules } from '../../protocol/desk.ts';
import type { CallView } from '../../protocol/views.ts';
import type { SeatId } from '../../protocol/words.ts';
import { identityOf } from '../auth/identity.ts';
import { openRecording } from '../export/recorded.ts';
import { Refusal } from '../problem.ts';
import type { Api, Surface } from '../surface.ts';
import { callFor } from './calls.ts';
import { CallParams, refusals } from './shapes.ts';

/** As Asterisk writes it: 16 bit, mono, 8 kHz, behind a header whose sizes are only right at the end. */
const headerBytes = 44;
const bytesPerSecond = 16_000;

export function deskRoutes(api: Api, surface: Surface): void {
  const { deps } = surface;
  api.get(
    '/v1/desk',
    {
      schema: {
        tags: ['reference'],
        summary:
          "The site's rules for desks: the script for silent callers, how far back one can listen again",
        response: { 200: DeskRules, ...refusals },
      },
    },
    () => deps.desk,
  );
  api.get(
    '/v1/calls/:id/replay',
    {
      schema: {
        tags: ['calls'],
        summary:
          'The last moments of your own live call again (audio/wav), for your ear alone; each is written down',
        description:
          'From the recording that is being written, so the newest moment may be missing, and what was paused is. Only a seat that is in the call.',
        params: CallParams,
        querystring: z.object({ seconds: z.coerce.number().int().min(5).max(600).default(60) }),
        response: { 200: z.any(), ...refusals },
      },
    },
    async (request, reply) => {
      const { actor } = identityOf(request);
      const view = await callFor(surface, actor, request.params.id);
      if (actor.seat === null || !talks(view, actor.seat)) throw new Refusal('not-a-party');
      const file = openRecording(await deps.engine.timeline(view.id));
      const size = file === null ? null : ((await deps.recordings?.size(file)) ?? null);
      const seconds = Math.min(request.query.seconds, deps.desk.replaySeconds);
      const written = Math.max(0, (size ?? 0) - headerBytes);
      const sound = written - (written % 2);
      if (!deps.recordings || file === null || seconds === 0 || sound === 0)
        throw new Refusal('not-recording');
      const bytes = Math.min(sound, seconds * bytesPerSecond);
      // First the entry, then the voice (R28).
      await surface.trail.must({
        actor: actor.user,
        action: 'recording.replayed',
        subject: view.id,
        details: { seconds: Math.round(bytes / bytesPerSecond) },
      });
      const end = headerBytes + sound;
      const chunks: Buffer[] = [waveHeader(bytes)];
      for await (const chunk of deps.recordings.read(file, end - bytes, end - 1))
        chunks.push(Buffer.from(chunk));
      return reply
        .header('content-type', 'audio/wav')
        .header('cache-control', 'no-store')
        .send(Buffer.concat(chunks));
    },
  );
}

const talks = ({ parties }: CallView, seat: SeatId): boolean =>
  parties.some((each) => each.seat === seat && each.role !== 'supervisor' && each.state === 'up');

function waveHeader(bytes: number): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(headerBytes - 8 + bytes, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(bytesPerSecond / 2, 24);
  header.writeUInt32LE(bytesPerSecond, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(bytes, 40);
  return header;
}
