// The connection's life: open → filter set, Asterisk known → what waited goes out → up. Events that come before "up" wait
// and follow it in their order. It must not look into events or orders.
import type { Log, Meter } from '../../engine/ports.ts';
import { succeeded } from './access.ts';
import { wantedTypes } from './decode.ts';
import type { HttpLane } from './http.ts';
import { startupTime } from './look.ts';
import type { RestLane } from './rest.ts';
import type { AriSocket } from './socket.ts';

export interface Link {
  /** Resolves when the first connection is up or has failed; goes on trying either way. */
  start(): Promise<void>;
  stop(): void;
  /** Another client has our application's name now: leave the field and stay away (notes, rule 12). */
  replaced(): void;
  whenUp(act: () => void): void;
  readonly isUp: boolean;
}

const goneMilliseconds = 1000;

export function createLink(options: {
  socket: AriSocket;
  rest: RestLane;
  http: HttpLane;
  app: string;
  log: Log;
  meter: Meter;
  newAsterisk: () => void;
  up: () => void;
  down: (reason: string) => void;
  /** Once an absence: the process was up and is not running any more. */
  gone: () => void;
  replaced: () => void;
  text: (text: string) => void;
}): Link {
  const { socket, rest, http, log, meter } = options;
  let isUp = false;
  let wasUp = false;
  let connection = 0;
  let startedAt: string | null = null;
  let early: (() => void)[] = [];
  /** Since when nobody listens there; null: somebody does, or never did, or it has been told. */
  let refusedSince: number | null = null;
  let toldGone = false;
  let firstTried: () => void = () => undefined;

  async function prepare(): Promise<void> {
    connection += 1;
    const mine = connection;
    try {
      const [filter, startup] = await Promise.all([
        // The filter dies with the connection, and is set by HTTP: its own answer would not pass the default of none.
        http.request({
          method: 'PUT',
          path: `applications/${encodeURIComponent(options.app)}/eventFilter`,
          body: { allowed: wantedTypes.map((type) => ({ type })) },
        }),
        startupTime(http),
      ]);
      if (mine !== connection) return;
      if (!succeeded(filter)) throw new Error(`event filter refused: ${filter.status} ${filter.body}`);
      becomeUp(startup);
    } catch (error) {
      if (mine === connection) socket.restart(error instanceof Error ? error.message : String(error));
    }
  }

  function becomeUp(startup: string): void {
    if (startedAt !== null && startedAt !== startup) {
      log.error({ before: startedAt, now: startup }, 'Asterisk has started anew; every call before is gone.');
      rest.drop();
      options.newAsterisk();
    }
    startedAt = startup;
    isUp = true;
    wasUp = true;
    toldGone = false;
    refusedSince = null;
    socket.settled();
    meter.gauge('hotline_ari_connected', 1);
    log.info({ startup }, 'Connected to Asterisk.');
    rest.resume();
    options.up();
    const waited = early;
    early = [];
    for (const act of waited) act();
    firstTried();
  }

  function down(reason: string, refused: boolean): void {
    connection += 1;
    refusedSince = refused ? (refusedSince ?? performance.now()) : null;
    isUp = false;
    early = [];
    rest.pause();
    http.reset();
    meter.gauge('hotline_ari_connected', 0);
    if (wasUp) options.down(reason);
    wasUp = false;
    firstTried();
    // A listener is gone with its process alone: there is nothing to wait for before its callers are seen to (SV5).
    if (startedAt === null || toldGone || refusedSince === null) return;
    if (performance.now() - refusedSince < goneMilliseconds) return;
    toldGone = true;
    log.error({ reason }, 'Asterisk is not running; every call that was up in it is lost.');
    options.gone();
  }

  return {
    start() {
      return new Promise((resolve) => {
        firstTried = resolve;
        socket.start({ opened: () => void prepare(), text: options.text, closed: down });
      });
    },
    stop() {
      connection += 1;
      isUp = false;
      socket.stop();
      rest.pause();
      rest.drop();
    },
    replaced() {
      log.error({}, 'Another client has taken our application at this Asterisk; this one stops acting.');
      this.stop();
      meter.gauge('hotline_ari_connected', 0);
      options.replaced();
    },
    whenUp(act) {
      if (isUp) act();
      else early.push(act);
    },
    get isUp() {
      return isUp;
    },
  };
}
