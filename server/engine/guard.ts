// Tells of addresses that guess at phones' secrets: asks for the guesses each second, writes what comes of them.
// It must not decide: domain/guard does.
import { watchOver } from '../domain/guard/guesses.ts';
import type { GuardRules, Watch } from '../domain/guard/guesses.ts';
import type { Clock, Log, SipGuesses } from './ports.ts';
import type { Recorder } from './recorder.ts';

export interface GuardParts {
  /** Null: nobody tells of guesses here. */
  readonly sipGuesses: SipGuesses | null;
  readonly rules: GuardRules;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly log: Log;
}
const everyMs = 1000;

export class Guard {
  private readonly parts: GuardParts;
  private watch: Watch = new Map();
  private timer: NodeJS.Timeout | null = null;
  private stopped = false;

  constructor(parts: GuardParts) {
    this.parts = parts;
  }

  start(): void {
    const { sipGuesses } = this.parts;
    if (!sipGuesses || this.stopped) return;
    this.timer = setTimeout(() => void this.look(sipGuesses).finally(() => this.start()), everyMs);
    this.timer.unref();
  }
  stop(): void {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
  }

  private async look(sipGuesses: SipGuesses): Promise<void> {
    const { rules, clock, recorder, log } = this.parts;
    const guesses = await sipGuesses.read().catch((error: unknown) => {
      log.warn({ error }, 'The log of security events cannot be read: guesses at secrets go unnoticed.');
      return [];
    });
    const at = clock.now();
    const { watch, facts } = watchOver(rules, this.watch, guesses, at);
    this.watch = watch;
    for (const fact of facts) recorder.record({ at, call: null, platform: null, facts: [fact] }, {});
  }
}
