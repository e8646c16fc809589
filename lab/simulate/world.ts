// Runs a plan in virtual time through the server's own floor and overflow machines: only callers and people are made up.
// It must not hold a rule of queues or overflow; a figure it gives is a figure of the code that takes the calls.
import { createFloor, floorRulesOf } from '../../server/domain/acd/floor.ts';
import type { Floor, FloorEffect, FloorInput, Seat } from '../../server/domain/acd/floor.ts';
import type { FloorMessage } from '../../server/domain/call/effects.ts';
import { decideOverflow } from '../../server/domain/overflow/machine.ts';
import type { OverflowInput } from '../../server/domain/overflow/machine.ts';
import { readFloor } from '../../server/domain/overflow/reading.ts';
import { overflowRulesOf } from '../../server/domain/overflow/rules.ts';
import type { OverflowRules } from '../../server/domain/overflow/rules.ts';
import { emptyState } from '../../server/domain/overflow/state.ts';
import type { OverflowState } from '../../server/domain/overflow/state.ts';
import type { Site } from '../../server/protocol/site.ts';
import type { Actor } from '../../server/protocol/words.ts';
import { Agenda } from './agenda.ts';
import { Chance } from './chance.ts';
import { Figures } from './figures.ts';
import { groupsOf, seatsOf } from './people.ts';
import type { Crowd, Plan } from './plan.ts';

/** A Monday at midnight in China. */
const midnight = Date.UTC(2026, 0, 4, 16);
const person: Actor = { user: 'simulated', role: 'supervisor', platform: null, seat: null };
const redialsMost = 3;

interface Caller {
  readonly call: string;
  readonly request: string;
  readonly crowd: Crowd;
  readonly number: string;
  readonly at: number;
  readonly tries: number;
  ringing: string | null;
}
type Happening =
  | { readonly what: 'arrival'; readonly crowd: Crowd }
  | { readonly what: 'redial'; readonly caller: Caller }
  | { readonly what: 'gives-up'; readonly caller: Caller }
  | { readonly what: 'answers'; readonly caller: Caller; readonly seat: string }
  | { readonly what: 'ends'; readonly caller: Caller; readonly seat: string }
  | { readonly what: 'wrapped-up' | 'sits-down' | 'goes-home'; readonly seat: string }
  | { readonly what: 'floor'; readonly name: Extract<FloorInput, { type: 'timer' }>['name'] }
  | { readonly what: 'presses'; readonly overflow: string; readonly queue: string }
  | { readonly what: 'region-answers'; readonly overflow: string }
  | { readonly what: 'second' };

export class World {
  readonly figures: Figures;
  private readonly plan: Plan;
  private readonly floor: Floor;
  private readonly rules: OverflowRules;
  private overflow: OverflowState = emptyState;
  private readonly agenda = new Agenda<Happening>();
  private readonly callers = new Map<string, Caller>();
  private readonly timers = new Map<string, number>();
  private readonly chance: { readonly arrivals: Chance; readonly people: Chance };
  private readonly inTime: ReadonlyMap<string, number>;
  private now = midnight;
  private count = 0;
  private wasQuiet = false;
  /** Callers of each queue that ring nowhere. */
  private readonly waiting = new Map<string, number>();

  constructor(site: Site, plan: Plan) {
    this.plan = plan;
    const chance = new Chance(plan.seed);
    this.chance = { arrivals: chance.branch(1), people: chance.branch(2) };
    const platforms = new Map(site.queues.map(({ id, platform }) => [id, platform]));
    const platformOf = (queue: string): string => platforms.get(queue) ?? queue;
    // People finish their wrap-up by themselves here, however long it takes.
    const floorRules = floorRulesOf(site, { wrapUpSeconds: 86_400 });
    this.inTime = new Map(floorRules.queues.map(({ id, serviceLevelSeconds }) => [id, serviceLevelSeconds]));
    this.rules = {
      ...overflowRulesOf(site),
      groups: groupsOf(plan, platformOf(plan.crowds[0]?.queue ?? '')),
    };
    if (plan.overflow?.pressSeconds === null)
      this.rules = {
        ...this.rules,
        queues: this.rules.queues.map((queue) => ({ ...queue, policy: { ...queue.policy, start: 'rule' } })),
      };
    if (plan.overflow) this.rules = { ...this.rules, region: 'rule' };
    this.floor = createFloor(floorRules, seatsOf(plan, this.rules.groups, platformOf, this.now));
    this.figures = new Figures(
      plan.crowds.map(({ queue }) => queue),
      plan.hours,
      plan.stretchSeconds,
    );
  }

  /** To the end of the plan; callers still there then are left out of the answered and the abandoned. */
  run(): Figures {
    for (const crowd of this.plan.crowds) this.nextArrival(crowd);
    if (this.plan.overflow) this.agenda.add(this.now + 1000, { what: 'second' });
    const end = midnight + this.plan.hours * 3_600_000;
    for (let next = this.agenda.take(); next && next.at < end; next = this.agenda.take()) {
      this.now = next.at;
      this.happens(next.what);
    }
    return this.figures;
  }

  private nextArrival(crowd: Crowd): void {
    // Thinning: at the largest rate of the whole run, of which the hour's share is kept.
    const { arrivals } = this.chance;
    const most = this.most(crowd);
    if (most <= 0) return;
    let at = this.now;
    const end = midnight + this.plan.hours * 3_600_000;
    do at += arrivals.exponential(3_600_000 / most);
    while (at < end && arrivals.next() * most > crowd.callsPerHour((at - midnight) / 3_600_000));
    this.agenda.add(at, { what: 'arrival', crowd });
  }
  private readonly mosts = new Map<Crowd, number>();
  private most(crowd: Crowd): number {
    const known = this.mosts.get(crowd);
    if (known !== undefined) return known;
    let most = 0;
    for (let hour = 0; hour < this.plan.hours; hour += 0.05) most = Math.max(most, crowd.callsPerHour(hour));
    this.mosts.set(crowd, most);
    return most;
  }

  private happens(happening: Happening): void {
    switch (happening.what) {
      case 'arrival':
        this.count += 1;
        this.arrives(happening.crowd, `1${String(this.count).padStart(10, '0')}`, 0);
        this.nextArrival(happening.crowd);
        return;
      case 'redial':
        this.arrives(happening.caller.crowd, happening.caller.number, happening.caller.tries + 1);
        return;
      case 'gives-up':
        this.givesUp(happening.caller);
        return;
      case 'answers':
        this.answers(happening.caller, happening.seat);
        return;
      case 'ends': {
        const { caller, seat } = happening;
        this.tell({ type: 'seat-released', seat, call: caller.call, talked: true, tagged: true });
        if (this.floor.seat(seat)?.state !== 'wrap-up') return;
        const time = this.time(caller.crowd.wrapUpSeconds, caller.crowd);
        this.agenda.add(this.now + time, { what: 'wrapped-up', seat });
        return;
      }
      case 'wrapped-up':
        this.command(happening.seat, { name: 'wrap-up-finish', body: {} });
        return;
      case 'sits-down':
        this.command(happening.seat, { name: 'sign-in', body: { phone: 'desk' } });
        this.command(happening.seat, { name: 'status', body: { status: 'ready' } });
        return;
      case 'goes-home':
        // Asked for again meanwhile: they stay.
        if (this.plan.crowds.some(({ queue }) => this.borrowed(queue).includes(this.groupOf(happening.seat))))
          return;
        this.command(happening.seat, { name: 'sign-out', body: {} });
        return;
      case 'floor':
        if (this.timers.get(happening.name) !== this.now) return;
        this.timers.delete(happening.name);
        this.step({ type: 'timer', name: happening.name, at: this.now });
        return;
      case 'presses':
        if (this.overflow.overflows.find(({ id }) => id === happening.overflow)?.state === 'suggested')
          this.decide({
            type: 'command',
            actor: person.user,
            at: this.now,
            command: {
              name: 'start',
              body: { queue: happening.queue, groups: [], reason: 'simulated', when: 'now' },
            },
          });
        return;
      case 'region-answers':
        this.decide({
          type: 'command',
          actor: person.user,
          at: this.now,
          command: {
            name: 'grant',
            overflow: happening.overflow,
            body: { answer: 'granted', groups: ['region'], by: 'region', channel: 'system' },
          },
        });
        return;
      case 'second':
        this.second();
    }
  }

  private time(mean: number, { variation }: Crowd): number {
    const { people } = this.chance;
    return 1000 * (variation === 0 ? people.exponential(mean) : people.logNormal(mean, variation));
  }

  private get clock(): number {
    return (this.now - midnight) / 1000;
  }

  private arrives(crowd: Crowd, number: string, tries: number): void {
    this.count += 1;
    const call = `c${this.count}`;
    const caller: Caller = { call, request: call, crowd, number, at: this.now, tries, ringing: null };
    this.callers.set(call, caller);
    this.waits(crowd.queue, 1);
    const stretch = this.figures.at(crowd.queue, this.clock);
    stretch.offered += 1;
    const patience = 1000 * this.chance.people.exponential(crowd.patienceSeconds);
    if (patience !== Infinity) this.agenda.add(this.now + patience, { what: 'gives-up', caller });
    this.tell({
      type: 'request',
      request: call,
      call,
      purpose: 'arrival',
      wanted: { queue: crowd.queue },
      class: 'general',
      since: this.now,
      head: false,
      all: false,
      callerNumber: number,
      except: [],
    });
  }

  private givesUp(caller: Caller): void {
    if (!this.callers.delete(caller.call)) return;
    const { request, ringing, crowd } = caller;
    if (ringing === null) this.waits(crowd.queue, -1);
    else this.tell({ type: 'offer-ended', request, seat: ringing, result: 'cancelled' });
    this.tell({ type: 'withdraw', request, reason: 'abandoned' });
    const arrived = this.figures.at(crowd.queue, (caller.at - midnight) / 1000);
    arrived.abandoned += 1;
    arrived.waitSeconds += (this.now - caller.at) / 1000;
    const { people } = this.chance;
    if (caller.tries < redialsMost && people.next() < crowd.redials)
      this.agenda.add(this.now + 5000 + people.exponential(40_000), { what: 'redial', caller });
  }

  private answers(caller: Caller, seat: string): void {
    if (caller.ringing !== seat || !this.callers.delete(caller.call)) return;
    const { crowd, call, request } = caller;
    const wait = (this.now - caller.at) / 1000;
    const stretch = this.figures.at(crowd.queue, (caller.at - midnight) / 1000);
    stretch.answered += 1;
    stretch.waitSeconds += wait;
    stretch.longestSeconds = Math.max(stretch.longestSeconds, wait);
    if (wait <= (this.inTime.get(crowd.queue) ?? 0)) stretch.inTime += 1;
    this.figures.queues.get(crowd.queue)?.waits.push(wait);
    const group = this.floor.seat(seat);
    if (group?.remote) {
      stretch.borrowed += 1;
      const offer = { queue: crowd.queue, group: group.group, seat, call, result: 'answered' } as const;
      this.decide({ type: 'offer', ...offer, at: this.now });
    }
    this.agenda.add(this.now + this.time(crowd.talkSeconds, crowd), { what: 'ends', caller, seat });
    this.tell({ type: 'offer-ended', request, seat, result: 'accepted' });
  }

  private waits(queue: string, more: number): void {
    const waiting = (this.waiting.get(queue) ?? 0) + more;
    this.waiting.set(queue, waiting);
    const stretch = this.figures.at(queue, this.clock);
    if (waiting > stretch.mostWaiting) stretch.mostWaiting = waiting;
  }

  private tell(message: FloorMessage): void {
    this.step({ type: 'message', message, at: this.now });
  }
  private command(seat: string, command: Extract<FloorInput, { type: 'command' }>['command']): void {
    this.count += 1;
    this.step({ type: 'command', id: `m${this.count}`, actor: person, seat, command, at: this.now });
    if (command.name === 'sign-in') this.step({ type: 'phone', seat, registered: true, at: this.now });
  }

  private step(input: FloorInput): void {
    const answer = this.floor.step(input);
    if (!answer.ok) return;
    for (const effect of answer.effects) this.effect(effect);
  }
  private effect(effect: FloorEffect): void {
    switch (effect.type) {
      case 'timer-start':
        this.timers.set(effect.name, effect.at);
        this.agenda.add(effect.at, { what: 'floor', name: effect.name });
        return;
      case 'timer-stop':
        this.timers.delete(effect.name);
        return;
      case 'tell-call': {
        if (effect.input.type !== 'offered') return;
        const { seat } = effect.input;
        const caller = this.callers.get(effect.call);
        if (!caller) return;
        if (caller.ringing === null) this.waits(caller.crowd.queue, -1);
        caller.ringing = seat;
        const ring = 1000 * this.chance.people.exponential(caller.crowd.ringSeconds);
        this.agenda.add(this.now + ring, { what: 'answers', caller, seat });
        return;
      }
      case 'seat-changed':
      case 'queue-changed':
        return;
    }
  }

  private second(): void {
    // With nobody waiting and nothing lent a second tick in a row can change nothing.
    const quiet =
      Array.from(this.waiting.values()).every((waiting) => waiting === 0) &&
      this.overflow.overflows.every(({ state }) => state === 'ended');
    if (!(quiet && this.wasQuiet)) this.decide({ type: 'tick', at: this.now });
    this.wasQuiet = quiet;
    this.agenda.add(this.now + 1000, { what: 'second' });
  }

  private borrowed(queue: string): readonly string[] {
    return this.overflow.overflows
      .filter((each) => each.queue === queue && (each.state === 'running' || each.state === 'draining'))
      .flatMap(({ loans }) => loans.filter(({ state }) => state === 'active' || state === 'draining'))
      .map(({ group }) => group);
  }

  private decide(input: OverflowInput): void {
    const queues = this.plan.crowds.map(({ queue }) => queue);
    const readings = readFloor(this.floor, queues, (queue) => this.borrowed(queue), input.at);
    const decision = decideOverflow(this.rules, this.overflow, input, readings);
    if (!decision.ok) return;
    this.overflow = decision.state;
    for (const { queue, groups, terms } of decision.effects)
      this.step({ type: 'borrowed', queue, groups, terms, at: this.now });
    if (input.type === 'tick')
      for (const queue of queues) {
        const lent = this.borrowed(queue).reduce(
          (sum, group) => sum + (readings.groups[group]?.ready ?? 0),
          0,
        );
        const stretch = this.figures.at(queue, this.clock);
        if (lent > stretch.mostLent) stretch.mostLent = lent;
      }
    for (const { type, data } of decision.facts) if (type !== 'overflow.call-taken') this.heard(type, data);
  }

  /** What people do when overflow says something. */
  private heard(type: string, data: Readonly<Record<string, unknown>>): void {
    const help = this.plan.overflow;
    if (!help) return;
    const text = (name: string) => (typeof data[name] === 'string' ? data[name] : '');
    const what = `${text('queue')} ${text('group')} ${text('reason')} ${text('why')}`
      .replaceAll(/ +/gu, ' ')
      .trim();
    this.figures.said.push({ hour: this.clock / 3600, type, what });
    const [least, most] = help.musterSeconds;
    if (type === 'overflow.suggested' && help.pressSeconds !== null)
      this.agenda.add(this.now + help.pressSeconds * 1000, {
        what: 'presses',
        overflow: text('id'),
        queue: text('queue'),
      });
    else if (type === 'overflow.group-active')
      for (const seat of this.people(text('group')))
        this.agenda.add(this.now + 1000 * (least + this.chance.people.next() * (most - least)), {
          what: 'sits-down',
          seat: seat.id,
        });
    else if (type === 'overflow.group-returned')
      for (const seat of this.people(text('group')))
        // After whatever it still has to write up.
        this.agenda.add(this.now + 600_000, { what: 'goes-home', seat: seat.id });
    else if (type === 'overflow.region-asked' && help.regionSeats > 0)
      this.agenda.add(this.now + help.regionSeconds * 1000, { what: 'region-answers', overflow: text('id') });
  }
  private groupOf(seat: string): string {
    return this.floor.seat(seat)?.group ?? '';
  }
  private people(group: string): readonly Seat[] {
    return this.floor.seats().filter((seat) => seat.remote && seat.group === group && !seat.unattended);
  }
}
