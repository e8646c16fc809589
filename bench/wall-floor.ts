// A floor that is made up, for the wall's bench: so many seats, so many calls up, so many facts a second, spread evenly, with
// the views a real engine would send along. It must not be faster or slower than it is told.
import type { EngineDouble } from '../test/doubles/engine.ts';
import { callView, queueView, seatView } from '../test/doubles/views.ts';
import type { CallView, SeatView } from '../server/protocol/views.ts';

const platform = '12345';
const queueNames = ['综合受理', '企业服务', '社保医保', '住房城建', '交通出行', '工单回访'];
/** As the engine does: a busy queue's figures are shown five times a second. */
const queueMs = 200;
const classes = ['general', 'general', 'general', 'urgent', 'major'] as const;

export class WallFloor {
  readonly #engine: EngineDouble;
  readonly #calls: CallView[] = [];
  readonly #free: string[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  #n = 0;
  #facts = 0;

  constructor(engine: EngineDouble, seats: number, calls: number) {
    this.#engine = engine;
    engine.seatViews.clear();
    engine.queueViews.clear();
    for (const [n, name] of queueNames.entries())
      engine.queueViews.set(`q-${n}`, queueView(platform, { id: `q-${n}`, name, ...this.#figures(n) }));
    for (let n = 0; n < seats; n += 1) {
      const id = String(10_001 + n);
      engine.seatViews.set(
        id,
        seatView(id, platform, { since: new Date().toISOString(), queues: [`q-${n % queueNames.length}`] }),
      );
      this.#free.push(id);
    }
    for (let n = 0; n < calls; n += 1) this.#arrives(true);
    for (const call of this.#calls) engine.live.set(call.id, call);
  }

  get facts(): number {
    return this.#facts;
  }

  start(factsPerSecond: number): void {
    const began = performance.now();
    this.#timers.push(
      setInterval(() => {
        const due = Math.floor(((performance.now() - began) / 1000) * factsPerSecond);
        while (this.#facts < due) this.#step();
      }, 10),
      setInterval(() => {
        const n = Math.floor(Math.random() * queueNames.length);
        const view = this.#engine.queueViews.get(`q-${n}`);
        if (!view) return;
        const queue = { ...view, ...this.#figures(n) };
        this.#engine.queueViews.set(queue.id, queue);
        this.#engine.show({ queue });
      }, queueMs / 2),
    );
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  /** One fact: a call ends and another comes, is tagged, is handed over, or comes back from it. */
  #step(): void {
    this.#facts += 1;
    const place = this.#facts % this.#calls.length;
    const call = this.#calls[place];
    if (!call) return;
    const kind = this.#facts % 4;
    if (kind === 0) {
      this.#ends(call, place);
      return;
    }
    if (kind === 1) {
      this.#arrives(false);
      return;
    }
    const next: CallView = {
      ...call,
      version: call.version + 1,
      ...(kind === 2
        ? { phase: call.phase === 'transferring' ? 'talking' : 'transferring' }
        : {
            tag: {
              class: classes[this.#facts % classes.length] ?? 'general',
              item: '',
              region: '',
              place: '',
              summary: '夜间施工噪音',
            },
          }),
    };
    this.#calls[place] = next;
    this.#engine.happen(
      kind === 2 ? 'transfer.ringing' : 'call.tagged',
      { call: call.id, platform },
      { call: next },
    );
  }

  #ends(call: CallView, place: number): void {
    this.#calls.splice(place, 1);
    const seat = this.#seat(call.owner, 'wrap-up');
    this.#engine.happen(
      'call.ended',
      { call: call.id, platform },
      {
        call: { ...call, phase: 'ended', parties: [], endedAt: new Date().toISOString() },
        ...(seat ? { seat } : {}),
      },
    );
    this.#engine.live.delete(call.id);
    const { owner } = call;
    if (owner === undefined) return;
    setTimeout(() => {
      const idle = this.#seat(owner, 'idle');
      if (idle) this.#engine.show({ seat: idle });
      this.#free.push(owner);
    }, 2_000).unref();
  }

  #arrives(quietly: boolean): void {
    this.#n += 1;
    const owner = this.#n % 8 === 0 ? undefined : this.#free.shift();
    const id = `call-${this.#n}`;
    const at = new Date().toISOString();
    const call = callView(
      id,
      platform,
      `1390777${String(this.#n % 10_000).padStart(4, '0')}`,
      owner ?? null,
      {
        version: 1,
        arrivedAt: at,
        queue: `q-${this.#n % queueNames.length}`,
        ...(owner === undefined ? {} : { answeredAt: at }),
      },
    );
    this.#calls.push(call);
    const seat = this.#seat(owner, 'talking', id);
    if (quietly) return;
    this.#engine.happen('call.arrived', { call: id, platform }, { call, ...(seat ? { seat } : {}) });
  }

  #seat(id: string | undefined, state: SeatView['state'], call?: string): SeatView | undefined {
    const known = id === undefined ? undefined : this.#engine.seatViews.get(id);
    if (!known) return undefined;
    const seat: SeatView = {
      ...known,
      state,
      since: new Date().toISOString(),
      version: known.version + 1,
    };
    delete seat.call;
    if (call !== undefined) seat.call = call;
    this.#engine.seatViews.set(seat.id, seat);
    return seat;
  }

  #figures(n: number) {
    const waiting = Math.floor(Math.random() * 6);
    return {
      waiting,
      oldestWaitSeconds: waiting * 4,
      seats: { signedIn: 80, ready: 40 + n, talking: 30, wrapUp: 6 },
      today: {
        offered: 900 + this.#facts,
        answered: 850,
        answeredInTime: 800,
        abandoned: 30,
        shortAbandoned: 4,
      },
    };
  }
}
