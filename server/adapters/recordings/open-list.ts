// Recordings begun and not finished, over a restart: a line for each beginning, pause and end, read and shortened at the start.
// It must not be asked about anything that ended.
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Clock, OpenRecording } from '../../engine/ports.ts';
import { z } from 'zod';

const Line = z.union([
  z.object({
    open: z.object({
      name: z.string(),
      call: z.string(),
      platform: z.string(),
      since: z.number(),
      pausedAt: z.number().nullable(),
      pausedMs: z.number(),
    }),
  }),
  z.object({ done: z.string() }),
]);

export interface OpenList {
  all(): readonly OpenRecording[];
  note(recording: OpenRecording): void;
  done(name: string): void;
}

/** Older than this it is of a call nobody can finish any more (its file is swept by its age all the same). */
const oldestMs = 7 * 86_400_000;

export function openList(file: string, clock: Clock): OpenList {
  const open = new Map<string, OpenRecording>();
  for (const text of linesOf(file)) {
    const line = lineOf(text);
    if (!line) continue;
    if ('open' in line) open.set(line.open.name, line.open);
    else open.delete(line.done);
  }
  for (const [name, { since }] of open) if (since < clock.now() - oldestMs) open.delete(name);
  const shortened = [...open.values()].map((each) => `${JSON.stringify({ open: each })}\n`).join('');
  writeFileSync(`${file}.new`, shortened, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  // A few microseconds into the page cache: it must survive this process, not the machine.
  const add = (line: z.input<typeof Line>): void => appendFileSync(file, `${JSON.stringify(line)}\n`);
  return {
    all: () => [...open.values()],
    note(recording) {
      open.set(recording.name, recording);
      add({ open: recording });
    },
    done(name) {
      if (open.delete(name)) add({ done: name });
    },
  };
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Null for the half line a crash may leave. */
function lineOf(text: string): z.output<typeof Line> | null {
  if (text === '') return null;
  try {
    const read = Line.safeParse(JSON.parse(text));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}
