// Knowledge in use: found in memory, kept in the store, read anew when somebody here or elsewhere has changed it (R14).
// It must not know a database, nor how characters sound: both come in.
import type { Spoken } from '../../domain/ticket/finding.ts';
import { find, judged, plain } from '../../domain/ticket/knowing.ts';
import type { KnowledgeFilter, Known } from '../../domain/ticket/knowing.ts';
import type { RefusalCode } from '../../protocol/errors.ts';
import type { KnowledgeBody, KnowledgeEntry, KnowledgeMiss } from '../../protocol/knowledge.ts';
import type { Actor, Platform } from '../../protocol/words.ts';
import type { Clock } from '../ports.ts';

export interface KnowledgeStore {
  /** The same as long as no entry was added, changed or taken out. */
  state(): Promise<string>;
  all(): Promise<readonly KnowledgeEntry[]>;
  /** Takes all or none; an entry whose id, or whose category and question, is there already is changed. */
  put(entries: readonly KnowledgeWish[], by: string, at: number): Promise<readonly string[]>;
  /** False: it has another version by now, or is not there. */
  change(id: string, version: number, body: KnowledgeBody, by: string, at: number): Promise<boolean>;
  remove(id: string, by: string, at: number): Promise<boolean>;
  used(id: string, at: number): Promise<boolean>;
  flag(
    id: string,
    flag: { readonly by: string; readonly at: string; readonly reason: string },
  ): Promise<boolean>;
  missed(question: string, platform: Platform | null, at: number): Promise<void>;
  misses(limit: number): Promise<readonly KnowledgeMiss[]>;
  settle(question: string, by: string, at: number): Promise<boolean>;
}
export type KnowledgeWish = KnowledgeBody & { readonly id?: string };
export type KnowledgeAnswer =
  | { readonly ok: true; readonly entry: KnowledgeEntry }
  | { readonly ok: false; readonly code: RefusalCode; readonly field?: string };

/** Answers may still be given from what was read while the database is slow to say whether it changed. */
const freshMs = 1000;

export class Knowledge {
  readonly #store: KnowledgeStore;
  readonly #clock: Clock;
  readonly #spoken: (text: string) => Spoken;
  #known: readonly Known[] = [];
  #state = '';
  #looked = -Infinity;
  #looking: Promise<void> | null = null;

  constructor(parts: { store: KnowledgeStore; clock: Clock; spoken: (text: string) => Spoken }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#spoken = parts.spoken;
  }

  async find(filter: KnowledgeFilter): Promise<readonly KnowledgeEntry[]> {
    await this.#look();
    return find(this.#known, filter, this.#clock.now());
  }

  /** A person asks and means it: what finds nothing is put on the list of questions without an answer. */
  async ask(question: string, actor: Actor, limit: number): Promise<readonly KnowledgeEntry[]> {
    const found = await this.find({ q: question });
    const asked = plain(question);
    if (found.length === 0 && asked.length > 1)
      await this.#store.missed(asked, actor.platform, this.#clock.now());
    return found.slice(0, limit);
  }

  async entry(id: string): Promise<KnowledgeEntry | null> {
    await this.#look();
    const known = this.#known.find(({ entry }) => entry.id === id);
    return known ? judged(known.entry, this.#clock.now()) : null;
  }

  async put(wishes: readonly KnowledgeWish[], actor: Actor): Promise<readonly KnowledgeEntry[]> {
    const ids = new Set(await this.#store.put(wishes, actor.user, this.#clock.now()));
    return this.#changed((known) => known.flatMap(({ entry }) => (ids.has(entry.id) ? [entry] : [])));
  }

  async change(id: string, version: number, body: KnowledgeBody, actor: Actor): Promise<KnowledgeAnswer> {
    const taken = await this.#store.change(id, version, body, actor.user, this.#clock.now());
    return this.#one(id, taken ? null : 'version-conflict');
  }
  async remove(id: string, actor: Actor): Promise<boolean> {
    const gone = await this.#store.remove(id, actor.user, this.#clock.now());
    await this.#changed(() => null);
    return gone;
  }
  async used(id: string): Promise<KnowledgeAnswer> {
    return this.#one(id, (await this.#store.used(id, this.#clock.now())) ? null : 'not-found');
  }
  async flag(id: string, reason: string, actor: Actor): Promise<KnowledgeAnswer> {
    const at = new Date(this.#clock.now()).toISOString();
    return this.#one(id, (await this.#store.flag(id, { by: actor.user, at, reason })) ? null : 'not-found');
  }
  misses(limit: number): Promise<readonly KnowledgeMiss[]> {
    return this.#store.misses(limit);
  }
  settle(question: string, actor: Actor): Promise<boolean> {
    return this.#store.settle(question, actor.user, this.#clock.now());
  }

  async #one(id: string, fault: RefusalCode | null): Promise<KnowledgeAnswer> {
    const entry = await this.#changed((known) => known.find((one) => one.entry.id === id)?.entry);
    if (!entry) return { ok: false, code: 'not-found' };
    return fault === null
      ? { ok: true, entry: judged(entry, this.#clock.now()) }
      : { ok: false, code: fault, field: 'version' };
  }

  async #changed<T>(read: (known: readonly Known[]) => T): Promise<T> {
    await this.#looking?.catch(() => undefined);
    this.#looked = -Infinity;
    await this.#look();
    return read(this.#known);
  }

  async #look(): Promise<void> {
    if (performance.now() - this.#looked < freshMs) return;
    this.#looking ??= this.#read().finally(() => (this.#looking = null));
    await this.#looking;
  }

  async #read(): Promise<void> {
    const state = await this.#store.state();
    if (state !== this.#state) {
      const before = new Map(this.#known.map((known) => [known.entry.id, known]));
      this.#known = (await this.#store.all()).map((entry) => {
        const same = before.get(entry.id);
        // Sounds are the slow part: kept where the words are the same.
        return same?.entry.version === entry.version ? { ...same, entry } : this.#findable(entry);
      });
      this.#state = state;
    }
    this.#looked = performance.now();
  }

  #findable(entry: KnowledgeEntry): Known {
    const { question, words, category } = entry;
    return {
      entry,
      findable: {
        name: this.#spoken(question),
        words: words.map((word) => this.#spoken(word)),
        group: this.#spoken(category),
      },
    };
  }
}
