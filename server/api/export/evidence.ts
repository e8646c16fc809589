// The evidence on a nuisance caller as one ZIP file, written as it is fetched: mark, calls, timelines, recordings, and a manifest with
// the hash of each (R26). It must not leave out what it could not find: the manifest says so.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import type { Fact } from '../../protocol/facts.ts';
import type { NuisanceView } from '../../protocol/nuisance.ts';
import type { CallView } from '../../protocol/views.ts';
import type { ApiDeps } from '../deps.ts';
import { finishedRecordings } from './recorded.ts';

interface Item {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly missing?: true;
}

/** Recordings are opened one after another, as the file goes out; their hashes are the ledger's. */
export async function evidence(
  { engine, recordings, clock }: ApiDeps,
  mark: NuisanceView,
  calls: readonly CallView[],
  by: string,
): Promise<Readable> {
  const zip = new ZipFile();
  const out = Readable.from(zip.outputStream);
  // A recording that goes or changes while it is read ends this file, and not the server: nobody else listens.
  zip.on('error', (error: Error) => out.destroy(error));
  const items: Item[] = [];
  const json = (path: string, value: unknown): void => {
    const text = Buffer.from(`${JSON.stringify(value, null, 1)}\n`, 'utf8');
    zip.addBuffer(text, path);
    items.push({ path, bytes: text.length, sha256: createHash('sha256').update(text).digest('hex') });
  };
  json('mark.json', mark);
  for (const call of calls) {
    const folder = `calls/${call.arrivedAt.slice(0, 19).replaceAll(':', '')}-${call.id}`;
    const facts: readonly Fact[] = (await engine.timeline(call.id)).filter(
      ({ data }) => data['hidden'] !== true,
    );
    json(`${folder}/call.json`, call);
    json(`${folder}/timeline.json`, facts);
    for (const [part, { file, sha256 }] of finishedRecordings(facts).entries()) {
      const path = `${folder}/recording${part === 0 ? '' : `-${part + 1}`}.wav`;
      const bytes = recordings ? await recordings.size(file) : null;
      items.push({ path, bytes: bytes ?? 0, sha256, ...(bytes === null ? { missing: true as const } : {}) });
      if (!recordings || bytes === null || bytes === 0) continue;
      zip.addReadStreamLazy(path, { compress: false, size: bytes }, (ready) => {
        const sound = recordings.read(file, 0, bytes - 1);
        sound.on('error', (error: Error) => out.destroy(error));
        ready(null, sound);
      });
    }
  }
  const made = { madeAt: new Date(clock.now()).toISOString(), madeBy: by, calls: calls.length };
  zip.addBuffer(
    Buffer.from(`${JSON.stringify({ ...made, files: items }, null, 1)}\n`, 'utf8'),
    'manifest.json',
  );
  zip.end();
  return out;
}
