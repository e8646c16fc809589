// What happens when, in virtual time: a binary heap; of one moment the first put in comes first.
// It must not know what the entries mean.

interface Entry<T> {
  readonly at: number;
  readonly order: number;
  readonly what: T;
}
const before = <T>(a: Entry<T>, b: Entry<T>): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

export class Agenda<T> {
  private readonly heap: Entry<T>[] = [];
  private order = 0;

  add(at: number, what: T): void {
    const { heap } = this;
    const entry = { at, order: (this.order += 1), what };
    let n = heap.push(entry) - 1;
    while (n > 0) {
      const up = (n - 1) >> 1;
      const parent = heap[up];
      if (!parent || before(parent, entry)) break;
      heap[n] = parent;
      n = up;
    }
    heap[n] = entry;
  }

  /** The next, taken out; undefined when nothing is left. */
  take(): { readonly at: number; readonly what: T } | undefined {
    const { heap } = this;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let n = 0;
    for (;;) {
      const left = 2 * n + 1;
      const right = left + 1;
      const [a, b] = [heap[left], heap[right]];
      if (!a) break;
      const [down, child] = b && before(b, a) ? [right, b] : [left, a];
      if (before(last, child)) break;
      heap[n] = child;
      n = down;
    }
    heap[n] = last;
    return first;
  }
}
