// All partners together: one courier or border each, strangers to each other; and the desk over them.
// It must not construct carriers; wire.ts hands them in.
import { Border } from './border.ts';
import { Courier } from './courier.ts';
import type { ExchangeFace, PartnerState } from './face.ts';
import { Inbound } from './inbound.ts';
import type { BorderFolder, Carrier, ExchangeLog, Outbox, Partner, TicketsOffice } from './ports.ts';
import { differences } from './reconcile.ts';

export type PartnerWay =
  | { readonly mode: 'webhook'; readonly partner: Partner; readonly carry: Carrier; close(): Promise<void> }
  | {
      readonly mode: 'border';
      readonly partner: Partner;
      readonly folder: BorderFolder;
      readonly everyMs?: number;
    };

export interface ExchangeParts {
  readonly cell: string;
  readonly ways: readonly PartnerWay[];
  readonly outbox: Outbox;
  readonly office: TicketsOffice;
  readonly now: () => number;
  readonly chance: () => number;
  readonly log: ExchangeLog;
  readonly observe: (partner: string, seconds: number, result: string) => void;
}

export class Exchange implements ExchangeFace {
  readonly #parts: ExchangeParts;
  readonly #inbound: Inbound;
  readonly #runners: readonly (Courier | Border)[];

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    this.#inbound = new Inbound(parts.outbox, parts.office, parts.now);
    this.#runners = parts.ways.map((way) =>
      way.mode === 'webhook'
        ? new Courier({
            ...parts,
            partner: way.partner,
            carry: way.carry,
            observe: (seconds, result) => parts.observe(way.partner.id, seconds, result),
          })
        : new Border({
            ...parts,
            partner: way.partner,
            folder: way.folder,
            inbound: this.#inbound,
            ...(way.everyMs === undefined ? {} : { everyMs: way.everyMs }),
          }),
    );
  }

  start(): void {
    for (const runner of this.#runners) runner.start();
  }
  soon(): void {
    for (const runner of this.#runners) runner.soon();
  }
  async stop(): Promise<void> {
    await Promise.all(this.#parts.ways.flatMap((way) => (way.mode === 'webhook' ? [way.close()] : [])));
    await Promise.all(this.#runners.map((runner) => runner.stop()));
  }

  async partners(): Promise<readonly PartnerState[]> {
    const figures = new Map((await this.#parts.outbox.figures()).map((each) => [each.partner, each]));
    return this.#parts.ways.map(({ partner, mode }) => {
      const { waiting = 0, parked = 0, oldest = null } = figures.get(partner.id) ?? {};
      return { id: partner.id, mode, platforms: partner.platforms, waiting, parked, oldest };
    });
  }
  has(partner: string): boolean {
    return this.#partner(partner) !== undefined;
  }
  parked(partner: string) {
    return this.#parts.outbox.parked(partner);
  }
  async replay(partner: string, id: number | null) {
    const count = await this.#parts.outbox.replay(partner, id);
    this.soon();
    return count;
  }
  deliveries(partner: string, from: string, to: string) {
    return this.#parts.outbox.deliveries(partner, from, to);
  }
  async reconcile(claims: Parameters<ExchangeFace['reconcile']>[0]) {
    const ours = await this.#parts.outbox.acceptance(claims.map(({ ticket }) => ticket));
    return differences(claims, ours);
  }
  async take(id: string, body: string, headers: Readonly<Record<string, string>>) {
    const partner = this.#partner(id);
    if (!partner) return { ok: false as const, why: 'not-genuine' };
    return this.#inbound.take(partner, body, headers);
  }

  #partner(id: string): Partner | undefined {
    return this.#parts.ways.find(({ partner }) => partner.id === id)?.partner;
  }
}
