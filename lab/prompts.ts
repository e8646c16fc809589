// The city's prompts as sound files: spoken by espeak-ng out of the root file system, once for each wording, where the site has no
// recorded file of that name in its folder `prompts`. It must not know when a prompt is said: the server does.
import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LabFailure } from './failure.ts';
import { lock } from './lock.ts';
import { runConfined } from './namespace.ts';
import { siteFile } from './site.ts';

export type PromptOptions = {
  rootFolder: string;
  cacheFolder: string;
  site: string;
  report?: (line: string) => void;
};
type Words = {
  readonly voice: string;
  readonly wordsPerMinute: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly texts: Readonly<Record<string, string>>;
};

const script = new URL('./prompts.sh', import.meta.url).pathname;
const inside = '/run/hotline';

/** A folder with the wave files of this site; undefined where it says nothing. */
export async function promptFolder(options: PromptOptions): Promise<string | undefined> {
  const words = await readWords(options.site);
  if (!words) return undefined;
  const lines = linesOf(words);
  const recorded = join(dirname(await siteFile(options.site)), 'prompts');
  const own = (await readdir(recorded).catch(() => [])).filter((name) => name.endsWith('.wav'));
  const hash = createHash('sha256').update(JSON.stringify([words.voice, words.wordsPerMinute, lines]));
  for (const part of [script, ...own.sort().map((name) => join(recorded, name))])
    hash.update(part).update(await readFile(part));
  const folder = join(options.cacheFolder, `prompts-${hash.digest('hex').slice(0, 12)}`);
  const held = await lock('prompts', folder, () => undefined);
  try {
    if ((await readdir(folder).catch(() => [])).length > 0) return folder;
    options.report?.(`Speaking ${lines.length} prompts into ${folder} (once).`);
    await speak(options.rootFolder, `${folder}.part`, words, lines);
    for (const name of own) await copyFile(join(recorded, name), join(`${folder}.part`, name));
    await chmod(`${folder}.part`, 0o755);
    await rename(`${folder}.part`, folder);
    return folder;
  } finally {
    await held.release();
  }
}

async function speak(
  rootFolder: string,
  folder: string,
  { voice, wordsPerMinute }: Words,
  lines: readonly string[],
): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  // It runs as nobody, who has no other place to write to.
  await chmod(folder, 0o777);
  const { code, output } = await runConfined(
    {
      rootFolder,
      user: 'tool',
      deathSignal: 'KILL',
      mounts: { [folder]: inside },
      command: ['sh', '-c', await readFile(script, 'utf8'), 'prompts', inside, voice, String(wordsPerMinute)],
    },
    { input: `${lines.join('\n')}\n` },
  );
  if (code !== 0)
    throw new LabFailure(
      `The prompts could not be spoken: ${output.slice(-500)}`,
      'Put recorded files into the folder prompts of the site, or take prompts.json out of it.',
    );
}

async function readWords(site: string): Promise<Words | undefined> {
  const path = join(dirname(await siteFile(site)), 'prompts.json');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const given = JSON.parse(text) as Partial<Words>;
  const { voice = 'cmn', wordsPerMinute = 150, counts = {}, texts = {} } = given;
  const plain = Object.entries(texts).every(
    ([name, words]) =>
      /^[a-z0-9{}-]{1,40}$/u.test(name) && typeof words === 'string' && !/[|\n]/u.test(words),
  );
  if (!plain || !/^[a-z-]{2,20}$/u.test(voice))
    throw new LabFailure(
      `${path} has a name or a text that cannot be used.`,
      'Names: a-z, 0-9, dash and {n}; texts: one line.',
    );
  return { voice, wordsPerMinute, counts, texts };
}

/** `place-{n}` with a count of 20 is twenty prompts. */
const linesOf = ({ counts, texts }: Words): readonly string[] =>
  Object.entries(texts).flatMap(([name, words]) =>
    Array.from({ length: name.includes('{n}') ? (counts[name] ?? 0) : 1 }, (_, n) =>
      `${name}|${words}`.replaceAll('{n}', String(n + 1)),
    ),
  );

// For an image that speaks them by itself: prompts.ts SITE, the lines; prompts.ts SITE --voice, the words prompts.sh wants.
if (import.meta.main) {
  const [site = 'site/qinzhou', how] = process.argv.slice(2);
  const words = await readWords(site);
  if (how === '--voice') console.log(words ? `${words.voice} ${words.wordsPerMinute}` : 'cmn 150');
  else for (const line of words ? linesOf(words) : []) console.log(line);
}
