// A floor with a person at its controls, for the tests of the ACD: callers come, seats answer, time passes.
// It must not assert.
import { createFloor, defaultRules, newSeat } from '../../server/domain/acd/floor.ts';
import type { Floor, FloorInput, FloorRules, FloorTimer, Seat } from '../../server/domain/acd/floor.ts';
import type { FloorMessage } from '../../server/domain/call/effects.ts';

type Untimed<T> = T extends unknown ? Omit<T, 'at'> : never;

export type Request = Extract<FloorMessage, { type: 'request' }>;

export const queueRules = (id: string) => ({ id, platform: id.slice(1), name: id, serviceLevelSeconds: 15 });

const siteRules: FloorRules = { ...defaultRules, queues: [queueRules('q12345'), queueRules('q110')] };

export const actor = { user: 'sup', role: 'supervisor', platform: '12345', seat: null } as const;

export class Desk {
  floor: Floor;
  /** 09:00 in Beijing. */
  now = Date.UTC(2026, 10, 2, 1);
  timers = new Map<FloorTimer, number>();
  said: string[] = [];
  facts: string[] = [];
  count = 0;

  constructor(seats: (Partial<Seat> & { id: string })[], rules: Partial<FloorRules> = {}, held = false) {
    const made = seats.map((seat) => ({
      ...newSeat(
        {
          platform: '12345',
          group: 'local',
          remote: false,
          endpoint: `PJSIP/${seat.id}`,
          queues: ['q12345'],
          ...seat,
        },
        0,
      ),
      status: 'ready' as const,
      phone: 'registered' as const,
      ...seat,
    }));
    this.floor = createFloor({ ...siteRules, ...rules }, made, { held });
  }

  /** What was said in this step: `r1>1001` offered, `r1#2` placed, `r1!reason` refused. */
  step(untimed: Untimed<FloorInput>): string[] {
    const answer = this.floor.step({ ...untimed, at: this.now });
    if (!answer.ok) return [`!${answer.code}`];
    const said: string[] = [];
    for (const effect of answer.effects) {
      if (effect.type === 'timer-start') this.timers.set(effect.name, effect.at);
      if (effect.type === 'timer-stop') this.timers.delete(effect.name);
      if (effect.type !== 'tell-call') continue;
      const { input } = effect;
      if (input.type === 'offered') said.push(`${input.request}>${input.seat}`);
      if (input.type === 'placed') said.push(`${input.request}#${input.place}`);
      if (input.type === 'refused') said.push(`${input.request}!${input.reason}`);
    }
    this.said.push(...said);
    this.facts.push(...answer.facts.map(({ type }) => type));
    if (answer.repeated) said.push('repeated');
    return said;
  }

  hear(message: FloorMessage): string[] {
    return this.step({ type: 'message', message });
  }

  ask(request: string, change: Partial<Request> = {}): string[] {
    return this.hear({
      type: 'request',
      request,
      call: `call-${request}`,
      purpose: 'arrival',
      wanted: { queue: 'q12345' },
      class: 'general',
      since: this.now,
      head: false,
      all: false,
      callerNumber: '',
      except: [],
      ...change,
    });
  }

  ends(
    request: string,
    seat: string,
    result: Extract<FloorMessage, { type: 'offer-ended' }>['result'],
  ): string[] {
    return this.hear({ type: 'offer-ended', request, seat, result });
  }

  withdraw(request: string, reason: 'abandoned' | 'cancelled' | 'timed-out' | 'answered'): string[] {
    return this.hear({ type: 'withdraw', request, reason });
  }

  command(
    seat: string,
    command: Extract<FloorInput, { type: 'command' }>['command'],
    id = `k${(this.count += 1)}`,
  ): string[] {
    return this.step({ type: 'command', id, actor, seat, command });
  }

  /** The seat talks with that request's caller and is free again after `ms`. */
  serve(request: string, seat: string, ms: number): void {
    this.ends(request, seat, 'accepted');
    this.pass(ms);
    const call = this.floor.seat(seat)?.call ?? '';
    this.hear({ type: 'seat-released', seat, call, talked: true, tagged: true });
    this.command(seat, { name: 'wrap-up-finish', body: {} });
  }

  pass(ms: number): string[] {
    const said: string[] = [];
    const until = this.now + ms;
    for (;;) {
      const due = [...this.timers].filter(([, at]) => at <= until).sort(([, x], [, y]) => x - y)[0];
      if (!due) break;
      this.timers.delete(due[0]);
      this.now = Math.max(this.now, due[1]);
      said.push(...this.step({ type: 'timer', name: due[0] }));
    }
    this.now = until;
    return said;
  }
}

export const one = [{ id: '1001' }];

export const two = [{ id: '1001' }, { id: '1002', idleSince: 1 }];
