// The tables as TypeScript sees them, for the queries written with kysely. It must follow migrations/*.sql.
import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { CallView, SeatView } from '../../protocol/views.ts';
import type { Role } from '../../protocol/words.ts';

/** Read as a Date; compared with and written as ISO text. */
type Instant = ColumnType<Date, string | Date, string | Date>;

export interface Tables {
  readonly facts: {
    sequence: number;
    type: string;
    time: Instant;
    call: string | null;
    platform: string | null;
    actor: string;
    data: Record<string, unknown>;
    epoch: number;
  };
  readonly calls: {
    id: string;
    epoch: number;
    version: number;
    live: boolean;
    platform: string;
    number: string;
    arrived_at: Instant;
    view: CallView;
  };
  readonly seats: { id: string; epoch: number; version: number; view: SeatView };
  readonly call_backs: {
    id: GeneratedAlways<number>;
    call: string;
    platform: string;
    number: string;
    class: string;
    reason: string;
    at: Instant;
    done_at: Instant | null;
  };
  readonly accounts: {
    user: string;
    password_hash: string;
    role: Role;
    platform: string | null;
    seat: string | null;
    failures: Generated<number>;
    last_failure_at: Instant | null;
    created_at: ColumnType<Date, never, never>;
  };
  readonly second_factors: {
    user: string;
    sealed: string;
    confirmed: Generated<boolean>;
    last_step: Generated<number>;
    created_at: ColumnType<Date, never, never>;
  };
  readonly sessions: {
    token_hash: string;
    user: string;
    role: Role;
    platform: string | null;
    seat: string | null;
    expires_at: Instant;
  };
  readonly audit: {
    number: number;
    content: string;
    hash: string;
    previous_hash: GeneratedAlways<string>;
  };
  readonly audit_head: { one: Generated<boolean>; number: number; hash: string };
}
