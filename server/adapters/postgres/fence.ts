// The right to write: the lease as the ledger sees it. It must not know how the lease is kept.

export interface Fence {
  readonly cell: string;
  readonly epoch: number;
  readonly holder: string;
  /** Called when a write was refused because another holds the cell. */
  lost(reason: string): void;
}

/** The cell's row, made when missing; epoch 0 is below every owner's. */
export const ensureLease =
  "insert into lease (cell, epoch, expires_at) values ($1, 0, '-infinity') on conflict (cell) do nothing";
