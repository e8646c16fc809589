// The folder into which Asterisk writes recordings, `<year>/<month>/<day>/<call>[.<part>].wav`, read and kept by us.
// It must not write a recording, nor follow a name out of the folder.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, RecordingFiles } from '../../engine/ports.ts';
import { openList } from './open-list.ts';
import { Wave } from './wave.ts';

/** Names as calls make them; nothing else is ever opened. */
const pattern = /^\d{4}\/\d\d\/\d\d\/(?<call>[\w-]+)(?:\.\d+)?$/u;

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

/** `list`: where unfinished ones are kept over a restart. Throws where that cannot be read. */
export function openRecordings(folder: string, list: string, clock: Clock): RecordingFiles {
  const unfinished = openList(list, clock);
  const pathOf = (name: string): string | null => (pattern.test(name) ? join(folder, `${name}.wav`) : null);
  const entries = async (path: string): Promise<string[]> =>
    readdir(path).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });

  return {
    open: () => unfinished.all(),
    note: (recording) => unfinished.note(recording),
    done: (name) => unfinished.done(name),

    async measure(name) {
      const path = pathOf(name);
      if (path === null) return null;
      const hash = createHash('sha256');
      const wave = new Wave();
      try {
        for await (const chunk of createReadStream(path)) {
          const bytes = chunk as Buffer;
          hash.update(bytes);
          wave.add(bytes);
        }
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
      return { bytes: wave.bytes, seconds: wave.seconds, peak: wave.peak, sha256: hash.digest('hex') };
    },

    async size(name) {
      const path = pathOf(name);
      if (path === null) return null;
      try {
        return (await stat(path)).size;
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },

    read(name, from, to) {
      const path = pathOf(name);
      if (path === null) throw new Error(`${name} is no recording's name.`);
      return createReadStream(path, { start: from, end: to });
    },

    async olderThan(time) {
      const last = new Date(time).toISOString().slice(0, 10).replaceAll('-', '/');
      const found: { name: string; call: string }[] = [];
      const numeric = (each: string) => /^\d+$/u.test(each);
      for (const year of (await entries(folder)).filter(numeric))
        for (const month of (await entries(join(folder, year))).filter(numeric))
          for (const day of (await entries(join(folder, year, month))).filter(numeric)) {
            const date = `${year}/${month}/${day}`;
            if (date >= last) continue;
            for (const file of await entries(join(folder, date))) {
              const name = `${date}/${file.replace(/\.wav$/u, '')}`;
              const call = pattern.exec(name)?.groups?.['call'];
              if (file.endsWith('.wav') && call !== undefined) found.push({ name, call });
            }
          }
      return found;
    },

    async remove(name) {
      const path = pathOf(name);
      if (path !== null) await rm(path, { force: true });
    },
  };
}
