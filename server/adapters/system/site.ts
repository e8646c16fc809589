// Reads a city's site.json and checks it whole before anything of it takes effect (G21, R17).
// It must not fill gaps by guessing: defaults are the schema's.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Site } from '../../protocol/site.ts';

/** `place`: the site's folder, or the file itself. Throws with every fault named, and what to do. */
export async function loadSite(place: string): Promise<Site> {
  const file = (await isFolder(place)) ? join(place, 'site.json') : place;
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new Error(`The site file ${file} cannot be read. Set HOTLINE_SITE to a folder with a site.json.`, {
      cause: error,
    });
  });
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new Error(`The site file ${file} is not whole JSON. Put the last good version back or mend it.`, {
      cause: error,
    });
  }
  const read = Site.safeParse(data);
  if (read.success) return read.data;
  const faults = read.error.issues.map(
    (issue) => `  ${issue.path.join('.') || '(the file)'}: ${issue.message}`,
  );
  throw new Error(
    `The site file ${file} has faults; nothing of it was used. Mend these:\n${faults.join('\n')}`,
  );
}

const isFolder = async (place: string): Promise<boolean> =>
  stat(place).then(
    (found) => found.isDirectory(),
    () => false,
  );
