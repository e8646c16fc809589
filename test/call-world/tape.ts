// A tape of numbers that decides everything a history leaves open; the same tape is the same history, and tapes shrink well.
// It must not run dry in the middle of a choice: past its end every choice is the first.
export class Tape {
  private next = 0;
  private readonly values: readonly number[];
  constructor(values: readonly number[]) {
    this.values = values;
  }
  /** 0 ≤ choice < many. */
  choose(many: number): number {
    const value = this.values[this.next] ?? 0;
    this.next += 1;
    return value % many;
  }
  pick<T>(from: readonly [T, ...T[]]): T;
  pick<T>(from: readonly T[]): T | undefined;
  pick<T>(from: readonly T[]): T | undefined {
    return from[this.choose(from.length)];
  }
  one(in_: number): boolean {
    return this.choose(in_) === 0;
  }
  get over(): boolean {
    return this.next >= this.values.length;
  }
}
