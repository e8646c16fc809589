// One step of overflow being built: the state so far, its facts, and the ways to change both together.
// It must not decide what happens; machine.ts, starting.ts, loans.ts and region.ts do.
import type { Platform, QueueId, Time } from '../../protocol/words.ts';
import type { NewFact } from '../decision.ts';
import type { Readings } from './reading.ts';
import type { GroupRules, OverflowRules, Policy } from './rules.ts';
import type { Loan, Overflow, OverflowState, Registration } from './state.ts';

export const ENGINE = 'system:engine';
/** Ended overflows kept in view; the ledger keeps all. */
const endedMost = 20;

export class Step {
  readonly rules: OverflowRules;
  readonly at: Time;
  readonly readings: Readings;
  state: OverflowState;
  readonly facts: NewFact[] = [];

  constructor(rules: OverflowRules, state: OverflowState, readings: Readings, at: Time) {
    this.rules = rules;
    this.state = state;
    this.readings = readings;
    this.at = at;
  }

  group(id: string): GroupRules | undefined {
    return this.rules.groups.find((group) => group.id === id);
  }

  policy(queue: QueueId): Policy | undefined {
    return this.state.policies[queue] ?? this.rules.queues.find(({ id }) => id === queue)?.policy;
  }

  overflow(id: string): Overflow | undefined {
    return this.state.overflows.find((each) => each.id === id);
  }

  set(change: Partial<OverflowState>): void {
    this.state = { ...this.state, ...change };
  }

  /** Puts an overflow in place of the one of its id, or adds it; the oldest ended ones leave the view. */
  put(overflow: Overflow): Overflow {
    const known = this.overflow(overflow.id) !== undefined;
    const all = known
      ? this.state.overflows.map((each) => (each.id === overflow.id ? overflow : each))
      : [...this.state.overflows, overflow];
    const ended = all.filter(({ state }) => state === 'ended').length;
    let surplus = ended - endedMost;
    this.set({ overflows: all.filter(({ state }) => state !== 'ended' || (surplus -= 1) < 0) });
    return overflow;
  }

  change(overflow: Overflow, change: Partial<Overflow>): Overflow {
    return this.put({ ...overflow, ...change });
  }

  changeLoan(overflow: Overflow, group: string, change: Partial<Loan>): Overflow {
    const loans = overflow.loans.map((loan) => (loan.group === group ? { ...loan, ...change } : loan));
    return this.change(overflow, { loans });
  }

  /** Every fact of an overflow carries the whole of it as it is then: from the newest one it is taken up again. */
  fact(type: string, overflow: Overflow, actor: string, data: Readonly<Record<string, unknown>> = {}): void {
    const { id, queue, platform } = overflow;
    this.facts.push({
      type: `overflow.${type}`,
      actor,
      data: { about: id, id, queue, platform, ...data, state: this.overflow(id) ?? overflow },
    });
  }

  registration(
    registration: Registration,
    platform: Platform,
    type: 'group-registered' | 'group-recalled',
    actor: string,
    reason?: string,
  ): void {
    this.facts.push({
      type: `overflow.${type}`,
      actor,
      data: {
        about: `group:${registration.group}`,
        group: registration.group,
        platform,
        registration,
        ...(reason === undefined ? {} : { reason }),
      },
    });
  }
}
