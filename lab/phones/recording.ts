// Everything one phone's loudspeaker has played, with its place in time. It must not read files (ear.ts does) nor wait.
import { loudness } from './goertzel.ts';
import { hasTone, listen, silenceLevel } from './sound.ts';
import type { Sound } from './sound.ts';
import { sampleRate } from './wave.ts';

const stepMs = 20;
/** China's ring tone: one second of tone, four of pause. */
const longestRingPauseMs = 4_300;
const perMs = sampleRate / 1_000;

/** One opening of the loudspeaker: it is opened anew by each call and each re-INVITE. */
class Take {
  /** Which call of the phone it belongs to. */
  readonly call: number;
  startAt = Number.POSITIVE_INFINITY;
  length = 0;
  private samples = new Int16Array(sampleRate * 8);

  constructor(call: number) {
    this.call = call;
  }

  get endAt(): number {
    return this.startAt + this.length / perMs;
  }

  add(samples: Int16Array, now: number): void {
    if (this.length + samples.length > this.samples.length) {
      const larger = new Int16Array(2 * (this.length + samples.length));
      larger.set(this.samples.subarray(0, this.length));
      this.samples = larger;
    }
    this.samples.set(samples, this.length);
    this.length += samples.length;
    // Samples reach us late by a varying time, never early: the earliest start ever computed is the truest.
    this.startAt = Math.min(this.startAt, now - this.length / perMs);
  }

  between(from: number, to: number): Int16Array {
    const index = (time: number): number =>
      Math.min(this.length, Math.max(0, Math.round((time - this.startAt) * perMs)));
    return this.samples.subarray(index(from), index(to));
  }
}

export type Stretch = { readonly ms: number; readonly from: number; readonly to: number };

export class Recording {
  private readonly takes: Take[] = [];
  private call = 0;

  begin(): void {
    this.takes.push(new Take(this.call));
  }

  /** What is opened from now on belongs to the next call: a silence does not reach from one to the other. */
  callEnded(): void {
    this.call += 1;
  }

  add(samples: Int16Array, now: number): void {
    if (this.takes.length === 0) this.begin();
    this.takes.at(-1)?.add(samples, now);
  }

  get startAt(): number {
    return this.takes.find((take) => take.length > 0)?.startAt ?? Number.POSITIVE_INFINITY;
  }

  /** Time (ms since the epoch) up to which all is recorded. */
  get endAt(): number {
    return this.takes.findLast((take) => take.length > 0)?.endAt ?? 0;
  }

  /** The sound from one time to another; what was not recorded is left out. */
  sound(from: number, to: number): Sound {
    return listen(this.samples(from, to));
  }

  samples(from: number, to: number): Int16Array {
    const parts = this.takes.map((take) => take.between(from, to)).filter((part) => part.length > 0);
    if (parts.length === 1 && parts[0] !== undefined) return parts[0];
    const all = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  /**
   * The longest silence in the recorded time (CL2). The pauses of the ring tone (one second of tone, four of pause) are
   * part of it and do not count, unless `ringPauses` says so.
   */
  longestSilence(from = this.startAt, to = this.endAt, ringPauses = false): Stretch {
    // A silence that began before `from` is judged whole, or the rest of a ring tone's pause would look like silence.
    const silences = this.stretches(
      Math.max(this.startAt, from - longestRingPauseMs),
      to,
      (samples) => loudness(samples) < silenceLevel,
    );
    const counted = silences.filter((silence) => ringPauses || !this.isRingPause(silence));
    return longest(
      counted.map(({ from: begun, to: ended }) => {
        const start = Math.max(begun, from);
        return { from: start, to: ended, ms: Math.round(Math.max(0, ended - start)) };
      }),
      from,
    );
  }

  /** The longest time without one tone: the hole a party heard while it was moved (TR5). */
  longestWithout(toneHz: number, from = this.startAt, to = this.endAt): Stretch {
    return longest(
      this.stretches(from, to, (samples) => !hasTone(toneHz, samples)),
      from,
    );
  }

  private isRingPause(silence: Stretch): boolean {
    // Ringing before it in the same take: the ring tone of a call before is no excuse for the silence of the next.
    const take = this.takeAt(silence.from);
    if (take === undefined || silence.ms > longestRingPauseMs) return false;
    return listen(take.between(silence.from - 500, silence.from - stepMs)).ringing;
  }

  private takeAt(time: number): Take | undefined {
    return this.takes.findLast((take) => take.startAt <= time);
  }

  private stretches(from: number, to: number, test: (samples: Int16Array) => boolean): Stretch[] {
    const found: Stretch[] = [];
    let begun: number | undefined;
    let heardUntil = from;
    let call = this.takeAt(from)?.call;
    const close = (at: number): void => {
      if (begun !== undefined && at > begun) found.push({ from: begun, to: at, ms: Math.round(at - begun) });
      begun = undefined;
    };
    for (let at = from; at + stepMs <= to; at += stepMs) {
      const samples = this.samples(at, at + stepMs);
      // Not recorded (the loudspeaker was being opened anew): neither silence nor sound, so a stretch goes on over it.
      if (samples.length < stepMs * perMs * 0.5) continue;
      const now = this.takeAt(at)?.call;
      if (now !== call) close(heardUntil);
      call = now;
      if (!test(samples)) close(at);
      else begun ??= at;
      heardUntil = at + stepMs;
    }
    close(Math.min(to, heardUntil));
    return found;
  }
}

function longest(stretches: readonly Stretch[], from: number): Stretch {
  const none: Stretch = { ms: 0, from, to: from };
  return stretches.reduce((most, stretch) => (stretch.ms > most.ms ? stretch : most), none);
}
