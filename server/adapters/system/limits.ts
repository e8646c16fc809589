// The port Limits on Linux: open files of this process against its own limit, and the disks under its folders.
// It must not fail as a whole where one of them cannot be read.
import { readdir, readFile, statfs } from 'node:fs/promises';
import type { LimitReading } from '../../domain/guard/limits.ts';
import type { Limits } from '../../engine/ports.ts';

/** `disks`: name of the limit → a folder on that disk. */
export function createLimits(disks: Readonly<Record<string, string | undefined>>): Limits {
  return {
    async read() {
      const found = await Promise.all([
        openFiles(),
        ...Object.entries(disks).flatMap(([limit, folder]) =>
          folder === undefined ? [] : [diskOf(limit, folder)],
        ),
      ]);
      return found.flatMap((reading) => reading ?? []);
    },
  };
}

async function openFiles(): Promise<LimitReading | null> {
  try {
    const [files, limits] = await Promise.all([
      readdir('/proc/self/fd'),
      readFile('/proc/self/limits', 'utf8'),
    ]);
    const most = Number(/^Max open files\s+(?<soft>\d+)/mu.exec(limits)?.groups?.['soft']);
    return most > 0 ? { limit: 'open-files', used: files.length, most } : null;
  } catch {
    return null;
  }
}

/** As `df` reckons: what is kept back for root cannot be used by us. */
async function diskOf(limit: string, folder: string): Promise<LimitReading | null> {
  try {
    const { blocks, bfree, bavail } = await statfs(folder);
    const used = blocks - bfree;
    return used + bavail > 0 ? { limit, used, most: used + bavail } : null;
  } catch {
    return null;
  }
}
