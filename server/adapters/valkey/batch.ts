// What is to be told and shown in one turn on the wire: every fact, of every view only the newest.
// It must not decide whether Valkey can be reached.
import type { ChainableCommander } from 'ioredis';

// Rank = epoch and version in one number: a view of an older engine, or an older view, changes nothing (F11).
// Arguments: id, rank, view; again and again.
const putIfNewer = `
for at = 1, #ARGV, 3 do
  local known = redis.call('HGET', KEYS[2], ARGV[at])
  if not known or tonumber(known) <= tonumber(ARGV[at + 1]) then
    redis.call('HSET', KEYS[2], ARGV[at], ARGV[at + 1])
    redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 2])
  end
end
return 1`;

interface Shown {
  readonly rank: number;
  /** Null: it has left the view. */
  readonly view: object | null;
}

export class Batch {
  /** Frames in it, as they count against what may go unanswered. */
  size = 0;
  private readonly frames: object[] = [];
  private readonly hashes = new Map<string, Map<string, Shown>>();

  tell(frame: object): void {
    this.frames.push(frame);
    this.size += 1;
  }

  put(hash: string, id: string, rank: number, view: object): void {
    const ids = this.ids(hash);
    const before = ids.get(id);
    if (!before || before.rank <= rank) ids.set(id, { rank, view });
  }

  drop(hash: string, id: string): void {
    this.ids(hash).set(id, { rank: 0, view: null });
  }

  write(pipeline: ChainableCommander, channel: string, ranksOf: (hash: string) => string): void {
    for (const frame of this.frames) pipeline.publish(channel, JSON.stringify(frame));
    for (const [hash, ids] of this.hashes) {
      const ranks = ranksOf(hash);
      const gone: string[] = [];
      const shown: (string | number)[] = [];
      for (const [id, { rank, view }] of ids)
        if (view) shown.push(id, rank, JSON.stringify(view));
        else gone.push(id);
      if (gone.length > 0) pipeline.hdel(hash, ...gone).hdel(ranks, ...gone);
      if (shown.length > 0) pipeline.eval(putIfNewer, 2, hash, ranks, ...shown);
    }
  }

  private ids(hash: string): Map<string, Shown> {
    const known = this.hashes.get(hash);
    if (known) return known;
    const made = new Map<string, Shown>();
    this.hashes.set(hash, made);
    return made;
  }
}
