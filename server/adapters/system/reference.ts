// A city's reference files (catalogue, divisions, units, ticket rules): checked whole, taken anew when they change,
// the last good version kept where the new one has a fault (G21, R17). It must not guess what a broken file meant.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pinyin } from 'pinyin-pro';
import type { z } from 'zod';
import type { TicketBook } from '../../domain/ticket/rules.ts';
import { scoreOf, spokenOf } from '../../domain/ticket/finding.ts';
import type { Findable, Spoken } from '../../domain/ticket/finding.ts';
import type { Log } from '../../engine/ports.ts';
import type { Reference } from '../../engine/tickets/face.ts';
import { Catalogue, Regions, TicketRules, Units } from '../../protocol/reference.ts';
import type { CatalogueEntry } from '../../protocol/reference.ts';

const everyMs = 1000;

export interface ReferenceFiles extends Reference {
  readonly book: TicketBook;
  /** Looks at the files now; what has changed and is whole takes effect. */
  look(): Promise<void>;
  close(): void;
}

/** One file: its last good content, and what is wrong with a newer one. */
class SiteFile<T> {
  readonly file: string;
  readonly #schema: z.ZodType<T>;
  #seen = '';
  #value: T | null = null;
  fault: string | null = null;

  constructor(file: string, schema: z.ZodType<T>) {
    this.file = file;
    this.#schema = schema;
  }

  get value(): T {
    if (this.#value === null) throw new Error(`${this.file} was never read; call look() first.`);
    return this.#value;
  }

  /** True when a new version took effect. */
  async look(): Promise<boolean> {
    try {
      const { mtimeMs, size, ino } = await stat(this.file);
      const seen = `${mtimeMs} ${size} ${ino}`;
      if (seen === this.#seen) return false;
      this.#seen = seen;
      const read = this.#schema.safeParse(JSON.parse(await readFile(this.file, 'utf8')));
      if (read.success) {
        this.#value = read.data;
        this.fault = null;
        return true;
      }
      this.fault = read.error.issues
        .map((issue) => `${issue.path.join('.') || '(the file)'}: ${issue.message}`)
        .join('; ');
    } catch (error) {
      this.fault = error instanceof Error ? error.message : String(error);
    }
    return false;
  }
}

/** Throws where a file cannot be used at the first start; later faults only keep what was. */
export async function openReference(
  folder: string,
  platforms: readonly string[],
  log: Log,
): Promise<ReferenceFiles> {
  const files = {
    catalogue: new SiteFile(join(folder, 'catalogue.json'), Catalogue),
    regions: new SiteFile(join(folder, 'regions.json'), Regions),
    units: new SiteFile(join(folder, 'units.json'), Units),
    rules: new SiteFile(join(folder, 'ticket-rules.json'), TicketRules),
  };
  let index: readonly { readonly findable: Findable; readonly entry: CatalogueEntry }[] = [];
  let first = true;
  const told = new Map<string, string>();
  const look = async (): Promise<void> => {
    for (const [name, file] of Object.entries(files)) {
      const taken = await file.look();
      if (file.fault !== null) {
        if (first)
          throw new Error(
            `The reference file ${file.file} cannot be used; mend it and start again: ${file.fault}`,
          );
        if (told.get(name) !== file.fault)
          log.error(
            { file: file.file, fault: file.fault },
            'A reference file was not taken: the last good one stays. Mend the file; it is looked at again by itself.',
          );
        told.set(name, file.fault);
      } else told.delete(name);
      if (taken && !first) log.info({ file: file.file }, 'A reference file was taken anew.');
      if (taken && name === 'catalogue') index = indexOf(files.catalogue.value);
    }
    first = false;
  };
  await look();
  const timer = setInterval(() => void look().catch(() => undefined), everyMs);
  timer.unref();
  const ranked = (score: (findable: Findable) => number, limit: number): readonly CatalogueEntry[] =>
    index
      .map(({ findable, entry }) => ({ ...entry, score: Math.round(score(findable)) }))
      .filter((entry) => entry.score > 0)
      .sort((a, b) => b.score - a.score)
      .slice(0, limit);
  return {
    get catalogue() {
      return files.catalogue.value;
    },
    get regions() {
      return files.regions.value.regions;
    },
    get units() {
      return files.units.value.units;
    },
    get classes() {
      return files.rules.value.classes;
    },
    get faults() {
      return Object.fromEntries(
        Object.entries(files).flatMap(([name, { fault }]) => (fault === null ? [] : [[name, fault]])),
      );
    },
    find: (query, limit) =>
      query.trim() === ''
        ? index.slice(0, limit).map(({ entry }) => entry)
        : ranked((findable) => scoreOf(findable, query), limit),
    suggest: (summary, limit) => ranked((findable) => spokenOf(findable, summary), limit),
    book: {
      platforms,
      get rules() {
        return files.rules.value;
      },
      unit: (code) => files.units.value.units.find((unit) => unit.code === code),
      hasRegion: (code) => files.regions.value.regions.some((region) => region.code === code),
      hasItem: (id) => index.some(({ entry }) => entry.id === id),
    },
    look,
    close: () => clearInterval(timer),
  };
}

export const spoken = (text: string): Spoken => ({
  text: text.normalize('NFKC').toLowerCase(),
  syllables: pinyin(text, { toneType: 'none', type: 'array', nonZh: 'removed' }).map((each) =>
    each.toLowerCase(),
  ),
});

function indexOf(catalogue: z.infer<typeof Catalogue>) {
  return catalogue.groups.flatMap((group) => {
    const groupSpoken = spoken(group.name);
    return group.items.map((item) => ({
      findable: { name: spoken(item.name), words: item.words.map(spoken), group: groupSpoken },
      entry: {
        id: item.id,
        name: item.name,
        group: group.id,
        groupName: group.name,
        ...group.to,
        ...(group.guide === undefined ? {} : { guide: group.guide }),
      },
    }));
  });
}
