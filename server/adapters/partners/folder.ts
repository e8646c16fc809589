// A border folder: `out/` for our batches, `in/` for theirs, `done/` and `refused/` for what was read.
// It must not show a file that is not whole: written beside, synced, then renamed.
import { mkdir, open, readFile, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BorderFolder } from '../../exchange/ports.ts';

const mostFiles = 100;
const mostBytes = 64 * 1024 * 1024;

export async function openBorderFolder(folder: string): Promise<BorderFolder> {
  const place = (name: string): string => join(folder, name);
  for (const name of ['out', 'in', 'done', 'refused'])
    await mkdir(place(name), { recursive: true, mode: 0o700 });
  return {
    async write(name, text) {
      const beside = join(place('out'), `.${name}.part`);
      const file = await open(beside, 'w', 0o600);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(beside, join(place('out'), name));
    },
    async read() {
      const names = (await readdir(place('in'))).filter(
        (name) => /^[\w.-]+\.json$/.test(name) && !name.startsWith('.'),
      );
      const files = [];
      for (const name of names.sort().slice(0, mostFiles)) {
        const file = join(place('in'), name);
        const { size } = await stat(file);
        files.push({ name, text: size > mostBytes ? '' : await readFile(file, 'utf8') });
      }
      return files;
    },
    async finish(name, how, why) {
      if (why !== '') await writeFile(join(place(how), `${name}.why.txt`), `${why}\n`, { mode: 0o600 });
      await rename(join(place('in'), name), join(place(how), name));
    },
  };
}
