// Which recordings of a call can be fetched, by its timeline: file and hash are the facts'.
// It must not look at files.
import { z } from 'zod';
import type { Fact } from '../../protocol/facts.ts';

const Finished = z.object({ file: z.string(), sha256: z.string() });
const Begun = z.object({ file: z.string() });

export function finishedRecordings(facts: readonly Fact[]): readonly z.infer<typeof Finished>[] {
  const deleted = new Set(
    facts.filter(({ type }) => type === 'recording.deleted').map(({ data }) => data['file']),
  );
  return facts.flatMap(({ type, data }) => {
    const read = type === 'recording.finished' ? Finished.safeParse(data) : null;
    return read?.success === true && !deleted.has(read.data.file) ? [read.data] : [];
  });
}

/** The file being written of a live call, or null where there is none now. */
export function openRecording(facts: readonly Fact[]): string | null {
  const over = new Set(
    facts
      .filter(({ type }) => type === 'recording.finished' || type === 'alarm.recording-missing')
      .map(({ data }) => data['file']),
  );
  const begun = facts.findLast(({ type, data }) => type === 'recording.started' && !over.has(data['file']));
  return Begun.safeParse(begun?.data).data?.file ?? null;
}
