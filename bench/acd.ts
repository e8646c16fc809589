// One decision of the floor at city and province size: 2,000 seats, 100 to 100,000 callers waiting.
// Prints p50, p99 and the growth; it must not judge (bench/run.ts and the tests do) nor touch anything but the domain.
// Each run is the same run, so it is made five times: `own` takes each decision's least time, which is its own cost;
// `wall` is the last run as it came, with the garbage collector and whatever else the machine was doing.
// Usage: node bench/acd.ts [rounds]
import { createFloor, defaultRules, newSeat } from '../server/domain/acd/floor.ts';
import type { Floor, FloorEffect, FloorInput } from '../server/domain/acd/floor.ts';

const queues = ['q12345', 'q110', 'qExpert', 'qNight'];
const rules = {
  ...defaultRules,
  queues: queues.map((id) => ({ id, platform: '12345', name: id, serviceLevelSeconds: 15 })),
};
const actor = { user: 'bench', role: 'seat', platform: '12345', seat: null } as const;
const seats = 2000;
const rounds = Number(process.argv[2] ?? 3000);
const languages = ['zhuang', 'english', 'cantonese'];

/** A small generator, so that each run is the same run. */
let state = 1;
const random = (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below;

class Load {
  readonly floor: Floor;
  now = 1_800_000_000_000;
  requests = 0;
  readonly talking: { seat: string; call: string }[] = [];
  waiting = 0;
  readonly offered: { request: string; seat: string }[] = [];
  readonly taken: number[] = [];
  readonly skilled: boolean;

  constructor(skilled: boolean) {
    this.skilled = skilled;
    const made = Array.from({ length: seats }, (_, n) =>
      newSeat(
        {
          id: `${10_000 + n}`,
          platform: '12345',
          group: 'local',
          remote: false,
          endpoint: `PJSIP/${n}`,
          queues: n % 5 === 0 ? queues : [queues[n % 4] ?? 'q12345'],
          ...(skilled ? { skills: { [languages[n % 3] ?? '']: 1 + (n % 3) } } : {}),
        },
        this.now - random(1_000_000),
      ),
    );
    this.floor = createFloor(rules, made);
  }

  step(input: FloorInput, timed = false): void {
    const start = performance.now();
    const answer = this.floor.step(input);
    if (timed) this.taken.push((performance.now() - start) * 1000);
    if (answer.ok) for (const effect of answer.effects) this.hear(effect);
  }

  hear(effect: FloorEffect): void {
    if (effect.type !== 'tell-call') return;
    const { input } = effect;
    if (input.type !== 'offered') return;
    this.waiting -= 1;
    this.offered.push({ request: input.request, seat: input.seat });
  }

  signIn(): void {
    for (const seat of this.floor.seats()) {
      this.step({ at: this.now, type: 'phone', seat: seat.id, registered: true });
      const person = (command: Extract<FloorInput, { type: 'command' }>['command']) =>
        this.step({ at: this.now, type: 'command', id: command.name, actor, seat: seat.id, command });
      person({ name: 'sign-in', body: { phone: 'desk' } });
      person({ name: 'status', body: { status: 'ready' } });
    }
  }

  arrive(timed: boolean): void {
    const n = (this.requests += 1);
    this.now += 1;
    this.waiting += 1;
    const skill =
      this.skilled && n % 3 === 0 ? { skills: { [languages[n % 9 === 0 ? 0 : 1] ?? '']: 2 } } : {};
    this.step(
      {
        at: this.now,
        type: 'message',
        message: {
          type: 'request',
          request: `c${n}.r1`,
          call: `c${n}`,
          purpose: 'arrival',
          wanted: { queue: queues[n % 4] ?? 'q12345' },
          class: n % 20 === 0 ? 'urgent' : n % 100 === 0 ? 'major' : 'general',
          since: this.now,
          head: false,
          all: false,
          callerNumber: '',
          except: [],
          ...skill,
        },
      },
      timed,
    );
    this.accept(timed);
  }

  accept(timed: boolean): void {
    for (const { request, seat } of this.offered.splice(0)) {
      const at = (this.now += 1);
      this.step({ at, type: 'message', message: { type: 'offer-ringing', request, seat } });
      this.step(
        { at, type: 'message', message: { type: 'offer-ended', request, seat, result: 'accepted' } },
        timed,
      );
      this.talking.push({ seat, call: request.slice(0, request.indexOf('.')) });
    }
  }

  /** A seat ends its call and is offered the next: the decision that matters. */
  release(): void {
    const n = random(this.talking.length);
    const one = this.talking[n];
    const last = this.talking.pop();
    if (!one || !last) return;
    if (one !== last) this.talking[n] = last;
    const at = (this.now += 1);
    this.step({
      at,
      type: 'message',
      message: { type: 'seat-released', ...one, talked: true, tagged: true },
    });
    this.step(
      {
        at,
        type: 'command',
        id: `w${at}`,
        actor,
        seat: one.seat,
        command: { name: 'wrap-up-finish', body: {} },
      },
      true,
    );
  }
}

function run(waiting: number, skilled: boolean): Load {
  state = 1;
  const load = new Load(skilled);
  load.signIn();
  while (load.waiting < waiting) load.arrive(false);
  for (let n = 0; n < rounds; n += 1) {
    load.release();
    load.accept(true);
    load.arrive(true);
  }
  return load;
}

function measure(waiting: number, skilled: boolean): number {
  let own: number[] = [];
  let wall: number[] = [];
  let left = 0;
  for (let again = 0; again < 5; again += 1) {
    const load = run(waiting, skilled);
    wall = load.taken;
    own = wall.map((taken, n) => Math.min(taken, own[n] ?? Infinity));
    left = load.waiting;
  }
  const at = (list: number[], part: number) =>
    list.toSorted((a, b) => a - b)[Math.floor(part * (list.length - 1))] ?? 0;
  const us = (list: number[], part: number) => `${at(list, part).toFixed(0)} µs`.padStart(9);
  console.log(
    `${skilled ? 'skills' : 'plain '}  waiting ${String(left).padStart(7)}  decisions ${own.length}` +
      `  own: p50${us(own, 0.5)} p99${us(own, 0.99)} worst${us(own, 1)}` +
      `  wall: p50${us(wall, 0.5)} p99${us(wall, 0.99)}`,
  );
  return at(own, 0.99);
}

console.log(`${seats} seats, ${queues.length} queues; a decision = one input answered with all its effects`);
measure(100, false);
for (const skilled of [false, true]) {
  const [least = 1, , ten = 0, hundred = 0] = [100, 1000, 10_000, 100_000].map((n) => measure(n, skilled));
  console.log(
    `growth of p99 (own): ×${(ten / least).toFixed(2)} from 100 to 10,000 waiting, ×${(hundred / least).toFixed(2)} to 100,000`,
  );
}
