// Makes sure console/dist is what the sources say, so that neither tests nor pictures show yesterday's console.
// It must not build when nothing changed.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';

const here = import.meta.dirname;

async function newest(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const times = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).mtimeMs),
  );
  return Math.max(0, ...times);
}

export async function freshBuild(): Promise<void> {
  const built = await stat(join(here, 'dist/index.html')).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  const sources = Math.max(
    await newest(join(here, 'src')),
    (await stat(join(here, 'vite.config.ts'))).mtimeMs,
  );
  if (built > sources) return;
  await build({ configFile: join(here, 'vite.config.ts'), logLevel: 'warn' });
}
