// Names of everything kept in Valkey for one cell. It must not hold values.

export const keysOf = (cell: string) => ({
  /** Pub/sub channel: one JSON frame `{fact, call?, seat?, queue?}` a message. */
  facts: `hotline:${cell}:facts`,
  /** Hashes: id → JSON view; and beside each, id → rank, so that an older view never replaces a newer. */
  calls: `hotline:${cell}:calls`,
  seats: `hotline:${cell}:seats`,
  queues: `hotline:${cell}:queues`,
  ranks: (hash: string) => `${hash}:ranks`,
  /** There as long as nothing was wiped since the last rebuild; holds the epoch that wrote it. */
  marker: `hotline:${cell}:marker`,
  /** The engine that lives now; expires by itself. */
  engine: `hotline:${cell}:engine`,
});
export type Keys = ReturnType<typeof keysOf>;
