// Group commit: what is asked for while one transaction runs shares the next one; each is answered when it is durable.
// It must not know what is written; and one piece at fault must not take the others of its batch with it.

export interface GroupCommitParts<Work, Done> {
  /** Writes all of them in one transaction, in order; gives one answer each. */
  readonly write: (batch: readonly Work[]) => Promise<readonly Done[]>;
  readonly most: number;
  /** Transactions at once; one (the default) keeps all pieces in the order they came. */
  readonly lanes?: number;
  /** True where the same pieces, one by one, would fail alike: the database is away. */
  readonly hopeless: (error: unknown) => boolean;
}
interface Waiting<Work, Done> {
  readonly work: Work;
  readonly resolve: (done: Done) => void;
  readonly reject: (error: unknown) => void;
}

export class GroupCommit<Work, Done> {
  readonly #parts: GroupCommitParts<Work, Done>;
  #queue: Waiting<Work, Done>[] = [];
  #running = 0;

  constructor(parts: GroupCommitParts<Work, Done>) {
    this.#parts = parts;
  }

  add(work: Work): Promise<Done> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ work, resolve, reject });
      if (this.#running >= (this.#parts.lanes ?? 1)) return;
      this.#running += 1;
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    try {
      // What is asked for in this same turn of the event loop shares the batch.
      await new Promise((resume) => setImmediate(resume));
      while (this.#queue.length > 0) {
        const batch = this.#queue.slice(0, this.#parts.most);
        this.#queue = this.#queue.slice(batch.length);
        await this.#commit(batch);
      }
    } finally {
      // In the same breath as the last look at the queue: what comes after it starts a lane anew.
      this.#running -= 1;
    }
  }

  async #commit(batch: readonly Waiting<Work, Done>[]): Promise<void> {
    try {
      const done = await this.#parts.write(batch.map(({ work }) => work));
      if (done.length !== batch.length)
        throw new Error(`A batch of ${batch.length} was answered with ${done.length}.`);
      done.forEach((one, n) => batch[n]?.resolve(one));
    } catch (error) {
      if (batch.length > 1 && !this.#parts.hopeless(error))
        for (const one of batch) await this.#commit([one]);
      else for (const { reject } of batch) reject(error);
    }
  }
}
