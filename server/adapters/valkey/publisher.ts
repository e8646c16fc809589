// Fans facts out and keeps the shared live view in Valkey. Whatever happens to Valkey, it must not throw into the engine,
// make it wait, or grow: what cannot be sent is dropped, and the whole view is put back when Valkey is (SV7, G12).
import type { ChainableCommander, Redis } from 'ioredis';
import type { Log, Meter, Publisher } from '../../engine/ports.ts';
import type { Fact } from '../../protocol/facts.ts';
import type { CallView, QueueView, SeatView } from '../../protocol/views.ts';
import { connectValkey } from './connection.ts';
import { keysOf } from './keys.ts';
import type { Keys } from './keys.ts';

const watchMilliseconds = 1000;
const presenceSeconds = 3;
const mostUnanswered = 5000;

// Rank = epoch and version in one number: a view of an older engine, or an older view, changes nothing (F11).
const putIfNewer = `
local known = redis.call('HGET', KEYS[2], ARGV[1])
if known and tonumber(known) > tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1`;

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
  #pipeline: ChainableCommander | null = null;
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
    const pipeline = this.#open();
    if (!pipeline) return;
    pipeline.publish(this.#keys.facts, JSON.stringify({ fact, ...changed }));
    if (changed.call) {
      if (changed.call.phase === 'ended') this.#drop(pipeline, this.#keys.calls, changed.call.id);
      else this.#put(pipeline, this.#keys.calls, changed.call.id, changed.call.version, changed.call);
    }
    if (changed.seat)
      this.#put(pipeline, this.#keys.seats, changed.seat.id, changed.seat.version, changed.seat);
    // A queue has no version of its own; facts are numbered in the order they happened.
    if (changed.queue) this.#put(pipeline, this.#keys.queues, changed.queue.id, fact.sequence, changed.queue);
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
    if (this.#client.status === 'ready') await this.#client.quit().catch(() => undefined);
    this.#client.disconnect();
  }

  /** The pipeline that leaves at the end of this turn of the event loop; null when it would be to no purpose. */
  #open(): ChainableCommander | null {
    if (this.#client.status !== 'ready' || this.#unanswered > mostUnanswered) {
      this.#stale = true;
      this.#meter.count('hotline_valkey_dropped_total');
      return null;
    }
    this.#unanswered += 1;
    if (this.#pipeline) return this.#pipeline;
    const pipeline = this.#client.pipeline();
    this.#pipeline = pipeline;
    setImmediate(() => this.#send(pipeline));
    return pipeline;
  }

  #send(pipeline: ChainableCommander): void {
    const sent = this.#unanswered;
    this.#pipeline = null;
    const answered = (): void => {
      this.#unanswered = Math.max(0, this.#unanswered - sent);
    };
    pipeline.exec().then(answered, () => {
      answered();
      this.#stale = true;
    });
  }

  #put(pipeline: ChainableCommander, hash: string, id: string, version: number, view: object): void {
    pipeline.eval(putIfNewer, 2, hash, this.#keys.ranks(hash), id, this.#rank(version), JSON.stringify(view));
  }

  #drop(pipeline: ChainableCommander, hash: string, id: string): void {
    pipeline.hdel(hash, id).hdel(this.#keys.ranks(hash), id);
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
