// How much one client may ask, and for how long things last: every number of the HTTP surface in one place (A11).
// It must not read the environment: wire.ts passes what differs.

export interface Limits {
  /** Bytes of a request body. */
  readonly bodyBytes: number;
  readonly headerBytes: number;
  readonly connections: number;
  /** A request must be complete within this, headers and body (slowloris). */
  readonly requestMs: number;
  readonly sessionMs: number;
  readonly sessionIdleMs: number;
  /** A session checked longer ago than this is asked for again; so long may another node's sign-out go unseen. */
  readonly sessionFreshMs: number;
  /** The database gets this long to confirm a session already known; then the command goes on (SV6). */
  readonly sessionWaitMs: number;
  readonly ticketMs: number;
  readonly failuresBeforeLock: number;
  readonly lockMs: number;
  readonly lockMostMs: number;
  readonly requestsPer10s: number;
  /** A system's session: another platform's whole traffic comes through one. */
  readonly systemRequestsPer10s: number;
  readonly signInsPerMinute: number;
  readonly strangersPer10s: number;
  readonly revealsPerHour: number;
  readonly keyMemoryMs: number;
  readonly keysRemembered: number;
  readonly socketsPerSession: number;
  readonly helloMs: number;
  readonly pingMs: number;
  readonly pongMs: number;
  readonly socketCheckMs: number;
  readonly replayAtMost: number;
  /** Bytes waiting in one socket before it counts as slow, and how long it may stay so. */
  readonly socketBytes: number;
  readonly slowMs: number;
  readonly messagesPer10s: number;
}

const seconds = 1_000;
const minutes = 60 * seconds;

export const usualLimits: Limits = {
  bodyBytes: 65_536,
  headerBytes: 16_384,
  connections: 10_000,
  requestMs: 10 * seconds,
  sessionMs: 12 * 60 * minutes,
  sessionIdleMs: 60 * minutes,
  sessionFreshMs: 2 * seconds,
  sessionWaitMs: 300,
  ticketMs: 30 * seconds,
  failuresBeforeLock: 5,
  lockMs: 60 * seconds,
  lockMostMs: 15 * minutes,
  requestsPer10s: 2_000,
  systemRequestsPer10s: 50_000,
  signInsPerMinute: 30,
  strangersPer10s: 500,
  revealsPerHour: 60,
  keyMemoryMs: 10 * minutes,
  keysRemembered: 50_000,
  socketsPerSession: 20,
  helloMs: 10 * seconds,
  pingMs: 5 * seconds,
  pongMs: 15 * seconds,
  socketCheckMs: 3 * seconds,
  replayAtMost: 2_000,
  socketBytes: 262_144,
  slowMs: 10 * seconds,
  messagesPer10s: 20,
};
