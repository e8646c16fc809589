// Numbers every fact, hands it to the ledger, keeps the latest for the stream, and tells listeners.
// It must not decide anything; facts come from the machines, in the order in which they happened (CL7).
import type { NewFact } from '../domain/decision.ts';
import type { Fact } from '../protocol/facts.ts';
import type { CallView, SeatView } from '../protocol/views.ts';
import type { CallId, Platform, Time } from '../protocol/words.ts';
import type { Change, ChangedViews } from './face.ts';
import type { CallBack, Ledger, Log, Publisher } from './ports.ts';

/** What one step left to be written. */
export interface Happened {
  readonly at: Time;
  readonly call: CallId | null;
  readonly platform: Platform | null;
  readonly facts: readonly NewFact[];
}
export interface Views {
  readonly call?: CallView;
  readonly callEnded?: boolean;
  readonly seat?: SeatView;
}

/** Facts kept in memory for clients that reconnect. */
const recentMost = 5000;

export class Recorder {
  sequence: number;
  private lastTime: Time = 0;
  private recent: Fact[] = [];
  private readonly listeners = new Set<(change: Change) => void>();
  private readonly viewers = new Set<(views: ChangedViews) => void>();
  private readonly ledger: Ledger;
  private readonly publisher: Publisher;
  private readonly log: Log;

  constructor(parts: { ledger: Ledger; publisher: Publisher; log: Log; sequence: number }) {
    this.ledger = parts.ledger;
    this.publisher = parts.publisher;
    this.log = parts.log;
    this.sequence = parts.sequence;
  }

  /** Takes what happened, with the views as they are after it. Returns the number of the last fact. */
  record(happened: Happened, views: Views): number {
    const facts = happened.facts.map((fact) => this.number(fact, happened));
    const callBack = facts.find((fact) => fact.type === 'call.call-back-owed');
    const entry = {
      facts,
      ...(views.call ? { call: { view: views.call, ended: views.callEnded === true } } : {}),
      ...(views.seat ? { seat: views.seat } : {}),
      ...(callBack ? { callBack: callBackOf(callBack) } : {}),
    };
    if (facts.length > 0 || views.call || views.seat) this.ledger.append(entry);
    for (const fact of facts)
      this.announce({
        fact,
        ...(views.call ? { call: views.call } : {}),
        ...(views.seat ? { seat: views.seat } : {}),
      });
    if (facts.length === 0)
      this.show({ ...(views.call ? { call: views.call } : {}), ...(views.seat ? { seat: views.seat } : {}) });
    return this.sequence;
  }

  /** Views that changed without a fact; screens would otherwise show what was (RC3). */
  show(views: ChangedViews): void {
    for (const viewer of this.viewers) {
      try {
        viewer(views);
      } catch (error) {
        this.log.error({ error }, 'A listener of views failed; it is skipped for this one.');
      }
    }
  }

  private number(fact: NewFact, happened: Happened): Fact {
    this.lastTime = Math.max(this.lastTime, happened.at);
    this.sequence += 1;
    const numbered: Fact = {
      sequence: this.sequence,
      type: fact.type,
      time: new Date(this.lastTime).toISOString(),
      call: happened.call,
      platform: happened.platform,
      actor: fact.actor,
      data: { ...fact.data },
    };
    this.recent.push(numbered);
    if (this.recent.length > recentMost * 2) this.recent = this.recent.slice(-recentMost);
    return numbered;
  }

  private announce(change: Change): void {
    this.publisher.publish(change.fact, change);
    for (const listener of this.listeners) {
      try {
        listener(change);
      } catch (error) {
        this.log.error(
          { error, fact: change.fact.sequence },
          'A listener of facts failed; it is skipped for this fact.',
        );
      }
    }
  }

  onChange(listener: (change: Change) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  onViews(viewer: (views: ChangedViews) => void): () => void {
    this.viewers.add(viewer);
    return () => this.viewers.delete(viewer);
  }

  /** From memory where it reaches back far enough, else from the ledger. */
  async factsAfter(sequence: number, limit: number): Promise<readonly Fact[]> {
    const oldest = this.recent[0]?.sequence ?? this.sequence + 1;
    if (sequence + 1 >= oldest) return this.recent.filter((fact) => fact.sequence > sequence).slice(0, limit);
    return this.ledger.facts(sequence, limit);
  }
}

const callBackOf = (fact: Fact): CallBack => ({
  call: fact.call ?? '',
  platform: fact.platform ?? '',
  number: String(fact.data['number']),
  class: String(fact.data['class']),
  reason: String(fact.data['reason']),
  at: Date.parse(fact.time),
});
