// What a page had to load until its first screen stood, in gzip bytes of the built files, and how long that took.
// It must not load anything itself: it asks the page what it loaded.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';

export interface FirstScreen {
  readonly files: number;
  readonly gzipBytes: number;
  /** From the first request to the last file that was needed. */
  readonly ms: number;
}

export async function firstScreen(page: Page): Promise<FirstScreen> {
  const loaded = await page.evaluate<readonly { name: string; end: number }[]>(
    `performance.getEntriesByType('resource')
      .filter(({ name }) => /\\/assets\\/.*\\.(js|css)$/.test(name))
      .map(({ name, responseEnd }) => ({ name: new URL(name).pathname, end: responseEnd }))`,
  );
  const names = [...new Set(loaded.map(({ name }) => name))];
  const sizes = await Promise.all(
    ['/index.html', ...names].map(
      async (name) => gzipSync(await readFile(join(import.meta.dirname, 'dist', name))).length,
    ),
  );
  return {
    files: sizes.length,
    gzipBytes: sizes.reduce((sum, size) => sum + size, 0),
    ms: Math.round(Math.max(0, ...loaded.map(({ end }) => end))),
  };
}
