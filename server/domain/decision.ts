// What a pure step answers: a refusal with a code, or the new state with orders to the world and what became true.
// It must not know any machine; calls, the floor and overflow all use it.
import type { RefusalCode } from '../protocol/errors.ts';

export interface Refused {
  readonly ok: false;
  readonly code: RefusalCode;
  readonly field?: string;
}
export interface Accepted<S, E> {
  readonly ok: true;
  readonly state: S;
  /** Orders, to be carried out in this order. */
  readonly effects: readonly E[];
  readonly facts: readonly NewFact[];
  /** True when this command had been accepted before: nothing was done again. */
  readonly repeated?: boolean;
}
export type Decision<S, E> = Refused | Accepted<S, E>;

/** A fact before the ledger numbers it. `actor` is a user name or `system:engine`. */
export interface NewFact {
  readonly type: string;
  readonly actor: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export const refuse = (code: RefusalCode, field?: string): Refused =>
  field === undefined ? { ok: false, code } : { ok: false, code, field };
