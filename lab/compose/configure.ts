// Runs once before Asterisk in the composed stack: renders Asterisk's files into the volume it reads them from.
// It must not leave anything half-written: Asterisk starts only after this ended well.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { asteriskFiles } from '../asterisk-files.ts';
import { explain, LabFailure } from '../failure.ts';
import { checkedHash, hashCommand } from '../password-hash.ts';
import { readSettings } from '../settings.ts';
import { readSite } from '../site.ts';

const folder = '/srv/asterisk';

/** Debian's name for the machine's kind, where its libraries are. */
const libraryFolders: Readonly<Record<string, string>> = {
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
};

function hashOf(secret: string): string {
  const [command, ...words] = hashCommand;
  const input = readFileSync(`/run/secrets/${secret}`);
  return checkedHash(spawnSync(command, words, { input, encoding: 'utf8' }).stdout);
}

async function configure(): Promise<void> {
  const settings = readSettings([], process.env);
  const libraries = libraryFolders[process.arch];
  if (settings?.ariPort === undefined)
    throw new LabFailure('HOTLINE_ARI_PORT is not set.', 'docker-compose.yml sets it.');
  if (libraries === undefined)
    throw new LabFailure(`No images for ${process.arch}.`, 'Use an x86-64 or ARM64 machine.');
  const files = await asteriskFiles({
    site: await readSite(settings.site),
    sip: settings.sip,
    ariPort: settings.ariPort,
    rtp: settings.rtp,
    ariPassword: readFileSync('/run/secrets/ari-password', 'utf8').trim(),
    witnessHash: hashOf('witness-password'),
    modulesFolder: `/usr/lib/${libraries}/asterisk/modules`,
    loopbackFor: Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family, address }) => family === 'IPv4' && !address.startsWith('127.'))
      .map(({ address }) => address),
  });
  // Asterisk's own user, whose number this container does not know, reads them from a volume nobody else mounts but our
  // one-shot; a password stands in ari.conf (see there).
  for (const [name, text] of files) await writeFile(join(folder, name), text, { mode: 0o644 });
}

try {
  await configure();
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
