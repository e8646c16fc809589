// What the tests of overflow share: a site with lenders, readings, a machine that is told and asked.
// It must not assert.
import { newSeat } from '../../server/domain/acd/floor.ts';
import type { Seat } from '../../server/domain/acd/floor.ts';
import type { NewFact } from '../../server/domain/decision.ts';
import { decideOverflow } from '../../server/domain/overflow/machine.ts';
import type { OverflowEffect, OverflowInput } from '../../server/domain/overflow/machine.ts';
import type { Reading } from '../../server/domain/overflow/marks.ts';
import type { Readings } from '../../server/domain/overflow/reading.ts';
import { overflowRulesOf } from '../../server/domain/overflow/rules.ts';
import type { OverflowRules } from '../../server/domain/overflow/rules.ts';
import { emptyState } from '../../server/domain/overflow/state.ts';
import type { Overflow, OverflowState } from '../../server/domain/overflow/state.ts';
import type { OverflowCommand } from '../../server/protocol/overflow.ts';
import { Site } from '../../server/protocol/site.ts';

export const data = {
  id: 'city',
  name: 'city',
  region: '450700',
  platforms: [
    {
      id: '12345',
      name: '12345',
      queue: 'q',
      numbers: ['12345'],
      serviceLevelSeconds: 15,
      answerWaiting: 'music',
    },
    {
      id: '110',
      name: '110',
      queue: 'p',
      numbers: ['110'],
      serviceLevelSeconds: 10,
      answerWaiting: 'ringing',
    },
  ],
  queues: [
    { id: 'q', platform: '12345', name: 'q' },
    { id: 'p', platform: '110', name: 'p' },
  ],
  seatGroups: [
    { id: 'own', platform: '12345', from: 1, to: 4, queues: ['q'] },
    { id: 'near', platform: '12345', remote: true, from: 11, to: 20, queues: [] },
    { id: 'far', platform: '12345', remote: true, from: 21, to: 30, queues: [] },
    {
      id: 'lines',
      platform: '12345',
      remote: true,
      from: 31,
      to: 34,
      queues: [],
      over: { trunk: 't', number: '12345' },
    },
    { id: 'police', platform: '110', remote: true, from: 41, to: 44, queues: [] },
  ],
  trunks: [{ id: 't', direction: 'out', address: '127.0.0.4:5060' }],
  lines: [],
  overflow: {
    groups: [
      { id: 'far', level: 2, lender: '柳州' },
      { id: 'lines', standing: true, preference: 4 },
    ],
  },
};

const site = Site.parse(data);

export const usual = overflowRulesOf(site);

export const start = 1_800_000_000_000;

export const calm: Reading = {
  waiting: 0,
  oldestSeconds: 0,
  expectedSeconds: 0,
  ready: 4,
  localFree: 4,
  borrowedBusy: 0,
};

export const full: Reading = { ...calm, waiting: 9, oldestSeconds: 50, expectedSeconds: 70, localFree: 0 };

/** Overflow at a desk of its own: time passes when told, readings are what they are set to. */
export class Bench {
  readonly rules: OverflowRules;
  state: OverflowState = emptyState;
  now = start;
  reading: Reading = calm;
  calls: Record<string, string[]> = {};
  facts: NewFact[] = [];
  effects: OverflowEffect[] = [];
  lent: readonly string[] = [];

  constructor(change: Partial<OverflowRules> = {}) {
    this.rules = { ...usual, ...change };
  }
  input(input: Omit<Extract<OverflowInput, { type: 'tick' }>, 'at'> | DistributiveOmit<OverflowInput>) {
    const groups = Object.fromEntries(
      this.rules.groups.map(({ id }) => [id, { ready: 5, busy: 0, calls: this.calls[id] ?? [] }]),
    );
    const readings: Readings = { queues: { q: this.reading, p: calm }, groups };
    const decision = decideOverflow(this.rules, this.state, { ...input, at: this.now }, readings);
    if (!decision.ok) return decision;
    this.state = decision.state;
    this.facts.push(...decision.facts);
    this.effects.push(...decision.effects);
    for (const effect of decision.effects) if (effect.queue === 'q') this.lent = effect.groups;
    return decision;
  }
  ask(command: OverflowCommand, actor = 'sup') {
    const decision = this.input({ type: 'command', actor, command });
    return decision.ok
      ? 'done'
      : `${decision.code}${decision.field === undefined ? '' : ` ${decision.field}`}`;
  }
  pass(seconds: number, reading: Reading = this.reading): void {
    this.reading = reading;
    for (let n = 0; n < seconds; n += 1) {
      this.now += 1000;
      this.input({ type: 'tick' });
    }
  }
  register(group: string, more: { consent?: 'given' | 'ask'; seconds?: number; preference?: number } = {}) {
    const expires = new Date(this.now + (more.seconds ?? 86_400) * 1000).toISOString();
    const body = { capacity: 4, preference: more.preference ?? 3, expires, consent: more.consent ?? 'given' };
    return this.ask({ name: 'register', group, body: { ...body, consent: body.consent } });
  }
  start(groups: string[] = [], when: 'now' | 'saturated' = 'now') {
    return this.ask({ name: 'start', body: { queue: 'q', groups, reason: '台风', when } });
  }
  get types(): string[] {
    return this.facts.map(({ type }) => type.replace('overflow.', ''));
  }
  get one(): Overflow {
    const found = this.state.overflows.at(-1);
    if (!found) throw new Error('there is no overflow yet');
    return found;
  }
  loan(group: string) {
    return this.one.loans.find((loan) => loan.group === group);
  }
}

type DistributiveOmit<T> = T extends unknown ? Omit<T, 'at'> : never;

export const remote = (id: string, group: string): Seat => ({
  ...newSeat({ id, platform: '12345', group, remote: true, endpoint: `PJSIP/${id}`, queues: [] }, 0),
  status: 'ready',
  phone: 'registered',
});
