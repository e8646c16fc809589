// Each connection to Asterisk begins with a comparison: what is there against what we know. Inputs that arrive meanwhile wait,
// so that the comparison never undoes what is newer. It must not decide about a call: recovery.ts asks the domain.
//
//   connecting ─connected─► comparing ─compared─► ready
//        ▲                      │ failed: again in a second
//        └──── disconnected ────┴──────────────────┘        (any) ─► replaced | stopped, for good
import type { CallInput } from '../domain/call/inputs.ts';
import type { CallId } from '../protocol/words.ts';
import type { Dispatcher } from './dispatcher.ts';
import { wrapUpGap } from './gap-seats.ts';
import type { Found, Ledger } from './ports.ts';
import { recover } from './recovery.ts';
import type { Survivors } from './survivors.ts';

type RecoverParts = Parameters<typeof recover>[0];
export interface ComparisonParts extends Omit<RecoverParts, 'restarted'> {
  readonly dispatcher: Dispatcher;
  readonly ledger: Ledger;
  readonly survivors: Survivors;
  readonly take: (call: CallId, input: CallInput) => void;
  /** Calls are taken again. `restarted`: by another Asterisk than before. */
  readonly compared: (restarted: boolean) => Promise<void>;
  /** Asterisk has died; so many callers are owed a call. */
  readonly allLost: (calls: number) => void;
}

const againMs = 1000;

export class Comparison {
  private readonly parts: ComparisonParts;
  private held: { call: CallId; input: CallInput }[] | null = [];
  private startedAt: string | null = null;
  private phase: 'connecting' | 'comparing' | 'ready' | 'replaced' | 'stopped' = 'connecting';
  private comparing: Promise<void> = Promise.resolve();

  constructor(parts: ComparisonParts) {
    this.parts = parts;
  }

  get state(): Comparison['phase'] {
    return this.phase;
  }
  get ready(): boolean {
    return this.phase === 'ready';
  }

  input(call: CallId, input: CallInput): void {
    if (this.held) this.held.push({ call, input });
    else this.parts.take(call, input);
  }

  connected(): void {
    this.held ??= [];
    this.phase = 'comparing';
    this.comparing = this.comparing.then(() => this.compare());
  }
  disconnected(): void {
    if (this.phase !== 'stopped') this.phase = 'connecting';
  }
  /** SV5: the telephone system died with every call in it. */
  gone(): void {
    this.comparing = this.comparing.then(() => this.lostAll());
  }
  end(as: 'replaced' | 'stopped'): void {
    this.phase = as;
  }

  /** Callers are owed a call whether or not it comes back. */
  private async lostAll(): Promise<void> {
    if (this.parts.telephony.connected) return;
    const nothing: Found = { startedAt: '', legs: [], bridges: [] };
    this.parts.survivors.found(nothing);
    const lost = await recover({ ...this.parts, restarted: true }, nothing);
    this.parts.allLost(lost.kept);
  }

  private async compare(): Promise<void> {
    try {
      await this.tryCompare();
    } catch (error) {
      this.parts.log.warn({ error }, 'Asterisk could not be compared; tried again in a second.');
      setTimeout(() => {
        this.comparing = this.comparing.then(() => this.compare());
      }, againMs).unref();
    }
  }

  private async tryCompare(): Promise<void> {
    const { telephony, log, clock, dispatcher, survivors } = this.parts;
    // Gone again meanwhile: the next connection compares.
    if (!telephony.connected) return;
    const begun = performance.now();
    const found = await telephony.look();
    const first = this.startedAt === null;
    const restarted = !first && this.startedAt !== found.startedAt;
    this.startedAt = found.startedAt;
    survivors.found(found);
    const recovered = await recover({ ...this.parts, restarted }, found);
    if (first) await wrapUpGap(this.parts);
    dispatcher.floor({ type: 'open', at: clock.now() });
    const held = this.held ?? [];
    this.held = null;
    for (const { call, input } of held) this.parts.take(call, input);
    this.phase = 'ready';
    log.info(
      { ...recovered, restarted, ms: Math.round(performance.now() - begun) },
      'Compared with Asterisk; taking calls.',
    );
    await this.parts.compared(restarted);
  }
}
