// A list kept in order, in chunks: add, remove and place cost about √n at any length (measured in bench/acd.ts).
// It must not hold two items that compare equal, nor items whose order changes while inside.
const chunkMost = 256;

export class Sorted<T> {
  readonly #compare: (a: T, b: T) => number;
  readonly #chunks: T[][] = [];
  #size = 0;

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#size;
  }

  get first(): T | undefined {
    return this.#chunks[0]?.[0];
  }

  add(item: T): void {
    const [at, within] = this.#find(item);
    const chunk = this.#chunks[at] ?? this.#chunks[at - 1];
    this.#size += 1;
    if (!chunk) {
      this.#chunks.push([item]);
      return;
    }
    const home = chunk === this.#chunks[at] ? at : at - 1;
    chunk.splice(home === at ? within : chunk.length, 0, item);
    if (chunk.length > chunkMost) this.#chunks.splice(home + 1, 0, chunk.splice(chunkMost / 2));
  }

  /** False when it was not there. */
  remove(item: T): boolean {
    const [at, within] = this.#find(item);
    const chunk = this.#chunks[at];
    const found = chunk?.[within];
    if (!chunk || found === undefined || this.#compare(found, item) !== 0) return false;
    chunk.splice(within, 1);
    if (chunk.length === 0) this.#chunks.splice(at, 1);
    this.#size -= 1;
    return true;
  }

  /** How many are before it. */
  place(item: T): number {
    const [at, within] = this.#find(item);
    let before = within;
    for (let n = 0; n < at; n += 1) before += this.#chunks[n]?.length ?? 0;
    return before;
  }

  /** The first for which `test` holds, where all after it hold as well. */
  firstWhere(test: (item: T) => boolean): T | undefined {
    const chunk =
      this.#chunks[
        bisect(this.#chunks.length, (n) => {
          const last = this.#chunks[n]?.at(-1);
          return last !== undefined && test(last);
        })
      ];
    if (!chunk) return undefined;
    return chunk[bisect(chunk.length, (n) => test(chunk[n] as T))];
  }

  *[Symbol.iterator](): Generator<T, undefined> {
    for (const chunk of this.#chunks) yield* chunk;
    return undefined;
  }

  /** Chunk and index within where the item is, or where it would go. */
  #find(item: T): readonly [number, number] {
    const chunks = this.#chunks;
    const at = bisect(chunks.length, (n) => {
      const last = chunks[n]?.at(-1);
      return last !== undefined && this.#compare(last, item) >= 0;
    });
    const chunk = chunks[at];
    if (!chunk) return [at, 0];
    return [at, bisect(chunk.length, (n) => this.#compare(chunk[n] as T, item) >= 0)];
  }
}

/** The smallest n < length for which `from` holds, where it holds for all after it; length if none. */
function bisect(length: number, from: (n: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (from(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
