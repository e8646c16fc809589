// The naive oracle of the floor: plain lists, everything recomputed from scratch by the stated order after every input.
// It must not share code with server/domain/acd: two programs that agree are worth more than one.
import type { FloorInput } from '../../server/domain/acd/floor.ts';
import type { FloorMessage } from '../../server/domain/call/effects.ts';

export interface ModelSeat {
  id: string;
  queues: string[];
  remoteGroup: string | null;
  skills: Record<string, number>;
  status: 'offline' | 'ready' | 'break';
  state: 'idle' | 'reserved' | 'ringing' | 'talking' | 'wrap-up';
  phone: 'none' | 'registered' | 'unreachable';
  call: string | null;
  request: string | null;
  idleSince: number;
  misses: number;
  crashes: number;
  notResponding: boolean;
  cooling: boolean;
  owes: boolean;
  next: { status: 'offline' | 'ready' | 'break' } | null;
}
export interface ModelRequest {
  id: string;
  call: string;
  queue: string | null;
  since: number;
  class: 'general' | 'urgent' | 'major';
  head: boolean;
  all: boolean;
  nuisance: boolean;
  except: string[];
  skills: Record<string, number>;
  failed: string[];
  offers: string[];
  parked: boolean;
  number: string;
  /** Kept for the seat that had this number, till then for it alone. */
  hold: { seat: string; until: number } | null;
}
export interface Said {
  offered: string[];
  refused: string[];
}

const bonus = { general: 0, urgent: 600_000, major: 1_800_000 };
const counts = (r: ModelRequest) =>
  r.since - bonus[r.class] - (r.head ? 86_400_000 : 0) + (r.nuisance ? 1_800_000 : 0);
const turn = (a: ModelRequest, b: ModelRequest) =>
  counts(a) - counts(b) || a.since - b.since || (a.id < b.id ? -1 : 1);

export class Model {
  seats: ModelSeat[] = [];
  requests: ModelRequest[] = [];
  ended = new Set<string>();
  borrowed = new Map<string, string[]>();
  said: Said = { offered: [], refused: [] };
  /** Which seat had which number, and until when that counts. */
  had = new Map<string, { seat: string; at: number }>();
  talks = new Map<string, { number: string; seats: number }>();

  soonFree = ({ status, phone, notResponding, next }: ModelSeat): boolean =>
    status === 'ready' && phone === 'registered' && !notResponding && next === null;

  own = (r: ModelRequest, seat: string): boolean => r.hold?.seat === seat && !r.failed.includes(seat);

  /** The seat a caller is kept for, and how long (personal call-backs and redials). */
  holdOf(r: ModelRequest, at: number): ModelRequest['hold'] {
    const had = this.had.get(r.number);
    const seat = had && at - had.at <= 60_000 && this.seats.find(({ id }) => id === had.seat);
    if (!seat || r.head || r.all || r.except.includes(seat.id) || seat.remoteGroup !== null) return null;
    if (!this.soonFree(seat) || r.queue === null || !seat.queues.includes(r.queue)) return null;
    return { seat: seat.id, until: at + (r.class === 'general' && !r.nuisance ? 15_000 : 0) };
  }

  /** Tier of a seat in a queue, null where it does not serve it. */
  tier(seat: ModelSeat, queue: string): number | null {
    if (seat.remoteGroup === null) return seat.queues.includes(queue) ? 0 : null;
    const at = (this.borrowed.get(queue) ?? []).indexOf(seat.remoteGroup);
    return at < 0 ? null : at + 1;
  }

  free(seat: ModelSeat): boolean {
    const { status, state, phone, cooling, notResponding, owes } = seat;
    return (
      status === 'ready' && state === 'idle' && phone === 'registered' && !cooling && !notResponding && !owes
    );
  }

  /** In line: known, not aside, and not offered unless it is for all. */
  inLine(queue: string): ModelRequest[] {
    const waits = this.requests.filter(
      (r) => r.queue === queue && !r.parked && (r.all || r.offers.length === 0),
    );
    return waits.sort(turn);
  }

  suits(seat: ModelSeat, r: ModelRequest, at: number): boolean {
    if (r.queue === null || !this.free(seat) || r.except.includes(seat.id)) return false;
    if (r.hold && at < r.hold.until && !r.failed.includes(r.hold.seat) && r.hold.seat !== seat.id)
      return false;
    const tier = this.tier(seat, r.queue);
    if (tier === null) return false;
    if (r.all) return true;
    const waited = at - r.since;
    if (waited < [0, 5000, 20_000][Math.min(tier, 2)]!) return false;
    const lower = waited >= 120_000 ? 100 : waited >= 60_000 ? 2 : waited >= 30_000 ? 1 : 0;
    return Object.entries(r.skills).every(([skill, level]) => (seat.skills[skill] ?? 0) >= level - lower);
  }

  match(at: number): void {
    for (;;) {
      const waiting = this.requests.filter((r) => !r.parked && (r.all || r.offers.length === 0)).sort(turn);
      const r = waiting.find((one) => this.seats.some((seat) => this.suits(seat, one, at)));
      if (!r) return;
      const [seat] = this.seats
        .filter((one) => this.suits(one, r, at))
        .sort(
          (a, b) =>
            Number(this.own(r, b.id)) - Number(this.own(r, a.id)) ||
            Number(r.failed.includes(a.id)) - Number(r.failed.includes(b.id)) ||
            this.tier(a, r.queue!)! - this.tier(b, r.queue!)! ||
            a.idleSince - b.idleSince ||
            (a.id < b.id ? -1 : 1),
        );
      this.offer(r, seat!);
    }
  }

  offer(r: ModelRequest, seat: ModelSeat): void {
    Object.assign(seat, { state: 'reserved', call: r.call, request: r.id });
    r.offers.push(seat.id);
    this.said.offered.push(`${r.id}>${seat.id}`);
  }

  end(r: ModelRequest): void {
    this.requests = this.requests.filter((one) => one !== r);
    this.ended.add(r.id);
  }

  refuse(r: ModelRequest): void {
    this.end(r);
    this.said.refused.push(r.id);
  }

  idle(seat: ModelSeat, at: number): void {
    Object.assign(seat, { state: 'idle', call: null, request: null });
    if (seat.next) this.take(seat, at, seat.next.status);
  }

  take(seat: ModelSeat, at: number, status: ModelSeat['status']): void {
    if (status === 'ready' && (seat.status !== 'ready' || seat.notResponding)) seat.idleSince = at;
    if (status === 'ready' && seat.phone === 'unreachable') seat.phone = 'registered';
    Object.assign(seat, { status, next: null, misses: 0, crashes: 0, notResponding: false, cooling: false });
  }

  /** True = accepted. */
  command(seat: ModelSeat, at: number, name: string): boolean {
    if (name === 'sign-in') {
      if (seat.status !== 'offline') return false;
      Object.assign(seat, {
        status: 'break',
        misses: 0,
        crashes: 0,
        notResponding: false,
        cooling: false,
        next: null,
      });
      return true;
    }
    if (seat.status === 'offline') return false;
    if (name === 'help') return true;
    if (name === 'wrap-up-finish') {
      if (seat.state !== 'wrap-up' || seat.owes) return false;
      this.wrapped(seat, at);
      return true;
    }
    const status = { 'sign-out': 'offline', ready: 'ready', break: 'break' }[name] as ModelSeat['status'];
    if (status !== 'break' && seat.state === 'wrap-up' && seat.owes) return false;
    if (status === 'offline' && !['idle', 'wrap-up'].includes(seat.state)) return false;
    if (seat.state === 'wrap-up' && !seat.owes) {
      seat.next = null;
      this.wrapped(seat, at);
    }
    if (seat.state !== 'idle') seat.next = seat.status === status ? null : { status };
    else {
      const held = seat.notResponding || seat.misses > 0 || seat.cooling || seat.phone === 'unreachable';
      if (seat.status !== status || (status === 'ready' && held)) this.take(seat, at, status);
    }
    return true;
  }

  wrapped(seat: ModelSeat, at: number): void {
    seat.owes = false;
    seat.idleSince = at;
    this.idle(seat, at);
  }

  message(m: FloorMessage, at: number): void {
    const seat = 'seat' in m ? this.seats.find((one) => one.id === m.seat) : undefined;
    const r = 'request' in m ? this.requests.find((one) => one.id === m.request) : undefined;
    if (m.type === 'request') {
      if (r || this.ended.has(m.request)) return;
      const { request: id, call, since, head, nuisance = false, skills = {} } = m;
      const queue = 'queue' in m.wanted ? m.wanted.queue : null;
      const all = m.all && queue !== null;
      const made = { id, call, queue, since, class: m.class, head, all, nuisance, except: [...m.except] };
      const fresh: ModelRequest = {
        ...made,
        skills: { ...skills },
        failed: [],
        offers: [],
        parked: false,
        number: m.callerNumber,
        hold: null,
      };
      if (m.purpose === 'arrival') fresh.hold = this.holdOf(fresh, at);
      this.requests.push(fresh);
      if ('queue' in m.wanted) return;
      const wanted = m.wanted.seat;
      const one = this.seats.find(({ id }) => id === wanted && !m.except.includes(id));
      if (one && this.free(one)) this.offer(fresh, one);
      else this.refuse(fresh);
    } else if (m.type === 'withdraw') {
      if (r) this.end(r);
    } else if (m.type === 'offer-ringing') {
      if (seat?.request === m.request && seat.state === 'reserved') seat.state = 'ringing';
    } else if (m.type === 'offer-ended' && seat) {
      const held = seat.request === m.request && (seat.state === 'reserved' || seat.state === 'ringing');
      if (held) this.endOffer(seat, m.result, at);
      if (!r) return;
      if (m.result === 'accepted') {
        const talk = this.talks.get(r.call);
        this.talks.set(r.call, { number: talk?.number ?? r.number, seats: (talk?.seats ?? 0) + 1 });
        this.had.set(r.number, { seat: seat.id, at });
        this.end(r);
      } else if (r.offers.includes(seat.id)) {
        r.offers = r.offers.filter((id) => id !== seat.id);
        if (m.result === 'cancelled') r.parked = true;
        else if (r.queue === null) this.refuse(r);
        else r.failed.push(seat.id);
      }
    } else if (m.type === 'seat-released' && seat && m.talked) {
      this.left(m.call, seat, at);
      if (seat.call === m.call && seat.state === 'talking')
        Object.assign(seat, { state: 'wrap-up', request: null, owes: !m.tagged, crashes: 0 });
    } else if (m.type === 'seat-released' && seat?.call === m.call && seat.state === 'talking') {
      this.idle(seat, at);
    } else if (m.type === 'tagged') {
      for (const one of this.seats)
        if (m.seats.includes(one.id) && one.state === 'wrap-up' && one.call === m.call) one.owes = false;
      for (const one of this.requests) if (one.call === m.call) one.class = m.class;
    }
  }

  left(call: string, seat: ModelSeat, at: number): void {
    const talk = this.talks.get(call);
    if (!talk) return;
    talk.seats -= 1;
    if (talk.seats <= 0) this.talks.delete(call);
    this.had.set(talk.number, { seat: seat.id, at });
  }

  endOffer(seat: ModelSeat, result: string, at: number): void {
    if (result === 'accepted') {
      Object.assign(seat, {
        state: 'talking',
        request: null,
        misses: 0,
        notResponding: false,
        cooling: false,
      });
      return;
    }
    if (result === 'timed-out') {
      seat.misses += 1;
      if (seat.misses >= 2) seat.notResponding = true;
      else seat.cooling = true;
    }
    if (result === 'rejected' || result === 'busy') seat.cooling = true;
    if (result === 'unreachable') {
      seat.phone = 'unreachable';
      seat.crashes += 1;
      if (seat.crashes >= 3) seat.notResponding = true;
    }
    this.idle(seat, at);
  }

  timer(name: string, at: number): void {
    const [kind, id] = [name.split(':')[0], name.slice(name.indexOf(':') + 1)];
    const seat = this.seats.find((one) => one.id === id);
    if (kind === 'cool-down' && seat) seat.cooling = false;
    if (kind === 'wrap-up' && seat?.state === 'wrap-up') this.wrapped(seat, at);
    if (kind === 'offer' && seat?.request) {
      const r = this.requests.find((one) => one.id === seat.request);
      this.idle(seat, at);
      if (r) {
        r.offers = r.offers.filter((one) => one !== id);
        if (r.queue === null) this.refuse(r);
        else r.failed.push(seat.id);
      }
    }
    if (kind === 'return') {
      const r = this.requests.find((one) => one.id === id);
      if (r) r.parked = false;
      const wanted = r?.queue === null ? this.seats.find((one) => r.id.endsWith(`@${one.id}`)) : undefined;
      if (r?.queue === null) {
        if (wanted && this.free(wanted)) this.offer(r, wanted);
        else this.refuse(r);
      }
    }
  }

  /** Applies one input and says what the floor must say: pairs in order, and refusals. */
  step(input: FloorInput): { ok: boolean } & Said {
    this.said = { offered: [], refused: [] };
    let ok = true;
    const { at } = input;
    if (input.type === 'message') this.message(input.message, at);
    if (input.type === 'timer') this.timer(input.name, at);
    if (input.type === 'borrowed') this.borrowed.set(input.queue, [...input.groups]);
    if (input.type === 'phone') {
      const seat = this.seats.find(({ id }) => id === input.seat);
      if (seat) seat.phone = input.registered ? 'registered' : 'none';
    }
    if (input.type === 'prioritise') {
      const r = this.inLine(input.queue).find(({ call }) => call === input.call);
      ok = r !== undefined && r.head !== input.head;
      if (r) r.head = input.head;
    }
    if (input.type === 'command') {
      const seat = this.seats.find(({ id }) => id === input.seat)!;
      const { command } = input;
      ok = this.command(seat, at, command.name === 'status' ? command.body.status : command.name);
    }
    for (const r of this.requests) {
      const seat = this.seats.find(({ id }) => id === r.hold?.seat);
      if (seat && !this.soonFree(seat)) r.hold = null;
    }
    this.match(at);
    return { ok, ...this.said };
  }
}
