// Fans facts out and keeps the shared live view in Valkey. Whatever happens to Valkey, it must not throw into the engine,
// make it wait, or grow: what cannot be sent is dropped, and the whole view is put back when Valkey is (SV7, G12).
import type { Redis } from 'ioredis';
import type { Log, Meter, Publisher } from '../../engine/ports.ts';
import type { Fact } from '../../protocol/facts.ts';
import type { CallView, QueueView, SeatView } from '../../protocol/views.ts';
import { Batch } from './batch.ts';
import { connectValkey } from './connection.ts';
import { keysOf } from './keys.ts';
import type { Keys } from './keys.ts';

const watchMilliseconds = 1000;
const presenceSeconds = 3;
const mostUnanswered = 5000;

/** Other servers' screens wait this long more (G14: 250 ms); a call's burst of facts costs one turn on the wire. */
const gatherMilliseconds = 50;

export interface PublisherParts {
  readonly url: string;
  readonly cell: string;
  /** Ours, from the lease. */
  readonly epoch: number;
  readonly log: Log;
  readonly meter: Meter;
}

type Changed = Parameters<Publisher['publish']>[1];

export function openPublisher(parts: PublisherParts): Publisher {
  return new ValkeyPublisher(parts);
}

class ValkeyPublisher implements Publisher {
  readonly #client: Redis;
  readonly #keys: Keys;
  readonly #epoch: number;
  readonly #log: Log;
  readonly #meter: Meter;
  readonly #listeners: (() => void)[] = [];
  readonly #watch: NodeJS.Timeout;
  #batch: Batch | null = null;
  #unanswered = 0;
  /** Something was dropped, or nothing was ever built: the view in Valkey is not to be relied on. */
  #stale = true;

  constructor({ url, cell, epoch, log, meter }: PublisherParts) {
    this.#keys = keysOf(cell);
    this.#epoch = epoch;
    this.#log = log;
    this.#meter = meter;
    this.#client = connectValkey(url, log);
    this.#client.on('ready', () => void this.#look());
    this.#client.on('close', () => {
      this.#stale = true;
      this.#meter.gauge('hotline_valkey_up', 0);
    });
    this.#watch = setInterval(() => void this.#look(), watchMilliseconds).unref();
  }

  publish(fact: Fact, changed: Changed): void {
    const batch = this.#open();
    if (!batch) return;
    const { call, seat, queue } = changed;
    const { calls, seats, queues } = this.#keys;
    batch.tell({ fact, ...changed });
    if (call?.phase === 'ended') batch.drop(calls, call.id);
    else if (call) batch.put(calls, call.id, this.#rank(call.version), call);
    if (seat) batch.put(seats, seat.id, this.#rank(seat.version), seat);
    // A queue has no version of its own; facts are numbered in the order they happened.
    if (queue) batch.put(queues, queue.id, this.#rank(fact.sequence), queue);
  }

  rebuild(calls: readonly CallView[], seats: readonly SeatView[], queues: readonly QueueView[]): void {
    if (this.#client.status !== 'ready') return;
    const { marker, ...keys } = this.#keys;
    const step = this.#client.multi();
    const live = calls.filter((call) => call.phase !== 'ended');
    const hashes = [
      [keys.calls, live.map((call) => [call.id, call, call.version] as const)],
      [keys.seats, seats.map((seat) => [seat.id, seat, seat.version] as const)],
      [keys.queues, queues.map((queue) => [queue.id, queue, 0] as const)],
    ] as const;
    for (const [hash, views] of hashes) {
      step.del(hash, keys.ranks(hash));
      if (views.length === 0) continue;
      step.hset(hash, Object.fromEntries(views.map(([id, view]) => [id, JSON.stringify(view)])));
      step.hset(
        keys.ranks(hash),
        Object.fromEntries(views.map(([id, , version]) => [id, this.#rank(version)])),
      );
    }
    step.set(marker, String(this.#epoch));
    this.#stale = false;
    step.exec().then(
      () => this.#meter.count('hotline_valkey_rebuilds_total'),
      () => {
        this.#stale = true;
      },
    );
  }

  onReconnect(listener: () => void): void {
    this.#listeners.push(listener);
  }

  state(): 'up' | 'down' {
    return this.#client.status === 'ready' ? 'up' : 'down';
  }

  async close(): Promise<void> {
    clearInterval(this.#watch);
    this.#send();
    if (this.#client.status === 'ready') await this.#client.quit().catch(() => undefined);
    this.#client.disconnect();
  }

  /** What leaves in some milliseconds; null when it would be to no purpose. */
  #open(): Batch | null {
    if (this.#client.status !== 'ready' || this.#unanswered > mostUnanswered) {
      this.#stale = true;
      this.#meter.count('hotline_valkey_dropped_total');
      return null;
    }
    this.#unanswered += 1;
    if (this.#batch) return this.#batch;
    this.#batch = new Batch();
    setTimeout(() => this.#send(), gatherMilliseconds);
    return this.#batch;
  }

  #send(): void {
    const batch = this.#batch;
    if (!batch) return;
    this.#batch = null;
    const pipeline = this.#client.pipeline();
    batch.write(pipeline, this.#keys.facts, (hash) => this.#keys.ranks(hash));
    const answered = (): void => {
      this.#unanswered = Math.max(0, this.#unanswered - batch.size);
    };
    pipeline.exec().then(answered, () => {
      answered();
      this.#stale = true;
    });
  }

  #rank(version: number): number {
    return this.#epoch * 2 ** 32 + version;
  }

  /** Each second: are we still there, and is what we built? FLUSHALL and a restart without data leave no marker. */
  async #look(): Promise<void> {
    if (this.#client.status !== 'ready') return;
    try {
      const marker = Number((await this.#client.get(this.#keys.marker)) ?? '0');
      this.#meter.gauge('hotline_valkey_up', 1);
      // Another engine has taken over: presence and view are its business now.
      if (marker > this.#epoch) return;
      await this.#client.set(this.#keys.engine, String(this.#epoch), 'EX', presenceSeconds);
      if (this.#stale || marker < this.#epoch) this.#askForRebuild();
    } catch (error) {
      this.#stale = true;
      this.#log.debug({ error }, 'Valkey did not answer the watch');
    }
  }

  #askForRebuild(): void {
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch (error) {
        this.#log.error(
          { error },
          'the live view could not be put together for Valkey; tried again within a second',
        );
      }
    }
  }
}
