// The port CallRecords: what Asterisk wrote by itself about each call (cdr_custom), for calls handled while no engine
// lived (SV1, F1). Every record is handed out at least once. It must not write to Asterisk's file.
import { open, readdir, readFile, rename, writeFile, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { CallRecord, CallRecords, Clock, Log, Meter } from '../../engine/ports.ts';
import type { Time } from '../../protocol/words.ts';
import { mergeLines, parseLine, type RecordLine } from './record-lines.ts';

export interface CallRecordsOptions {
  /** calls.csv of cdr_custom. */
  readonly file: string;
  /** Where the place read so far is kept over restarts; null keeps it in memory only. */
  readonly placeFile: string | null;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

const Place = z.object({ inode: z.number(), offset: z.number().int().nonnegative() });
type Place = z.infer<typeof Place>;

/** Lines of one call come within moments of each other; younger ones wait for their companions. */
const settledAfterMs = 1000;
/** At a time; the rest comes with the next reading. */
const mostBytes = 16 * 1024 * 1024;

interface Placed {
  readonly line: RecordLine | null;
  readonly after: number;
}

export function createCallRecords(options: CallRecordsOptions): CallRecords {
  const { file, placeFile, clock, log, meter } = options;
  let place: Place | null = null;
  let kept: Place | null = null;
  let loaded = false;

  async function load(): Promise<void> {
    if (loaded) return;
    loaded = true;
    const text = placeFile === null ? null : await readFile(placeFile, 'utf8').catch(() => null);
    if (text === null) return;
    const parsed = Place.safeParse(tryJson(text));
    if (parsed.success) place = kept = parsed.data;
    else
      log.warn({ placeFile }, 'Place in the call records is unreadable; they are read from the start again.');
  }

  /** Written when the next batch is asked for: only then is the last one known to be taken. */
  async function keep(): Promise<void> {
    if (placeFile === null || place === null || place === kept) return;
    await writeFile(`${placeFile}.new`, JSON.stringify(place));
    await rename(`${placeFile}.new`, placeFile);
    kept = place;
  }

  /** Whole lines from an offset on, each with the offset after it. A line still being written is left for the next time. */
  async function linesFrom(handle: FileHandle, offset: number): Promise<Placed[]> {
    const { size } = await handle.stat();
    const buffer = Buffer.alloc(Math.max(0, Math.min(mostBytes, size - offset)));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
    const placed: Placed[] = [];
    for (let from = 0; ;) {
      const end = buffer.subarray(0, bytesRead).indexOf(10, from);
      if (end < 0) return placed;
      const line = parseLine(buffer.subarray(from, end).toString('utf8'));
      from = end + 1;
      meter.count('hotline_call_record_lines_total', { result: line === null ? 'malformed' : 'read' });
      if (line === null)
        log.warn(
          { file, before: offset + from },
          'A line of the call records cannot be read; compare cdr_custom.conf with record-lines.ts.',
        );
      placed.push({ line, after: offset + from });
    }
  }

  /** The file was rotated away since the last time: its tail is still to be read, wherever it lies now. */
  async function rotatedLines({ inode, offset }: Place): Promise<RecordLine[]> {
    const folder = dirname(file);
    for (const name of await readdir(folder)) {
      if (!name.startsWith(basename(file))) continue;
      const handle = await open(join(folder, name)).catch(() => null);
      if (handle === null) continue;
      try {
        if ((await handle.stat()).ino === inode)
          return (await linesFrom(handle, offset)).flatMap(({ line }) => line ?? []);
      } finally {
        await handle.close();
      }
    }
    log.warn({ folder }, 'The rotated file of call records is gone; what was not read of it is lost to us.');
    return [];
  }

  return {
    async read(): Promise<readonly CallRecord[]> {
      await load();
      await keep();
      const handle = await open(file).catch(() => null);
      if (handle === null) return [];
      try {
        const { ino, size } = await handle.stat();
        const rotated = place !== null && place.inode !== ino ? await rotatedLines(place) : [];
        // Another file, or the same one emptied in place.
        const offset = place?.inode === ino && place.offset <= size ? place.offset : 0;
        const settled = settledLines(await linesFrom(handle, offset), clock.now());
        place = { inode: ino, offset: settled.at(-1)?.after ?? offset };
        return mergeLines([...rotated, ...settled.flatMap(({ line }) => line ?? [])]);
      } finally {
        await handle.close();
      }
    },
  };
}

/** Lines up to the first one of a call that may not be complete yet: no call is handed out in two halves. */
function settledLines(lines: readonly Placed[], now: Time): readonly Placed[] {
  const young = new Set(
    lines.flatMap(({ line }) => (line !== null && line.end > now - settledAfterMs ? [line.call] : [])),
  );
  const first = lines.findIndex(({ line }) => line !== null && young.has(line.call));
  return first < 0 ? lines : lines.slice(0, first);
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
