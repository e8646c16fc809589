// One queue: its waiting line, the seats available to it, its figures, and the groups it borrows.
// It must not match or tell; matching.ts and placing.ts do.
import type { SeatId, Time } from '../../protocol/words.ts';
import type { Entry } from './entry.ts';
import { Figures } from './figures.ts';
import { Line } from './line.ts';
import { byTurn } from './order.ts';
import { Pool } from './pool.ts';
import { Redials } from './redial.ts';
import type { FloorRules, QueueRules } from './rules.ts';

export class Station {
  readonly rules: QueueRules;
  readonly line: Line;
  readonly pool: Pool;
  readonly figures: Figures;
  readonly redials: Redials;
  /** Seats that serve it when available: its own, and the remote ones it borrows. */
  readonly members = new Set<SeatId>();
  /** Remote groups that serve it now, preferred first. */
  borrowed: readonly string[] = [];
  /** Those last told a place in the front. */
  front: readonly Entry[] = [];
  /** When waiting alone brings the next pair together. */
  reachAt: Time | null = null;

  constructor(rules: FloorRules, queue: QueueRules) {
    this.rules = queue;
    this.line = new Line(rules);
    this.pool = new Pool(rules);
    this.figures = new Figures(rules, queue);
    this.redials = new Redials(rules.redialSeconds);
  }

  /** Whose turn it is among all seats available here, for when more than one thing changed. */
  candidate(at: Time): Entry | undefined {
    let best: Entry | undefined;
    const consider = (entry: Entry | undefined) => {
      if (entry && (!best || byTurn(entry, best) < 0)) best = entry;
    };
    for (const profile of this.pool.profiles()) {
      const first = this.line.best(profile, at, null);
      if (!first) continue;
      if (this.pool.best(first, at)) consider(first);
      // It excludes every seat here: ask for each seat by name.
      else for (const { seat } of this.pool.slots(profile)) consider(this.line.best(profile, at, seat));
    }
    return best;
  }
}
