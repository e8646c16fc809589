// How PostgreSQL fails, sorted by what the ledger must do about it, and the failures it hands on.
// It must not hide anything: whatever is not known to be the data's fault counts as "the database is away".
import type { RefusalCode } from '../../protocol/errors.ts';

/** A failure with one of the stable codes of protocol/errors.ts, so that the HTTP surface can answer with it. */
export class StoreFailure extends Error {
  override readonly name = 'StoreFailure';
  readonly code: RefusalCode;
  readonly field: string | undefined;

  constructor(code: RefusalCode, message: string, options: { cause?: unknown; field?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.field = options.field;
  }
}

export const leaseLost = (epoch: number): StoreFailure =>
  new StoreFailure(
    'not-active',
    `Another engine holds the lease; nothing is written under epoch ${epoch} any more. This engine must stop and start anew.`,
  );
export const notStored = (cause: unknown): StoreFailure =>
  new StoreFailure(
    'not-stored',
    'Neither PostgreSQL nor the spool could be written. Look at the disk of the state folder (space, rights) and at PostgreSQL.',
    { cause },
  );
export const recordsAway = (cause?: unknown): StoreFailure =>
  new StoreFailure(
    'records-away',
    'PostgreSQL cannot be reached; records older than the spool cannot be read.',
    {
      cause,
    },
  );

export const isAway = (error: unknown): boolean =>
  error instanceof StoreFailure && error.code === 'database-away';

const stateOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';

/**
 * SQLSTATE classes 22 (data), 23 (constraints), 54 (limits): the same rows would be refused for ever.
 * Everything else (no connection, timeout, shutdown, disk full, deadlock, read-only…) may pass: those rows are tried again.
 */
export const isDataRefused = (error: unknown): boolean => /^(22|23|54)[0-9A-Z]{3}$/.test(stateOf(error));

/** One line for the log, without the data that failed (G25). */
export function shortly(error: unknown): string {
  const state = stateOf(error);
  const message = error instanceof Error ? error.message : String(error);
  return state === '' ? message : `${state}: ${message}`;
}
