// Listens at one phone's loudspeaker while it plays: follows the WAV it writes and answers what is heard now.
// It must not drive the phone, and it never says what was heard before the question when asked about now.
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Recording } from './recording.ts';
import { describe } from './sound.ts';
import type { Sound } from './sound.ts';
import { headerBytes, samplesOf } from './wave.ts';

const pollMs = 50;
/** Jitter buffer and network: how much older than the question the sound in the loudspeaker may be. */
const settleMs = 250;
const windowMs = 500;

/** What a test asks for: exactly these tones and nothing else, or one of the other sounds. */
export type Expected = readonly number[] | 'music' | 'ringing' | 'silence';

export class Ear {
  readonly recording = new Recording();
  private readonly path: string;
  private readonly name: string;
  private file: FileHandle | undefined;
  private offset = 0;
  private timer: NodeJS.Timeout | undefined;
  private reading: Promise<void> = Promise.resolve();

  constructor(name: string, path: string) {
    this.name = name;
    this.path = path;
  }

  start(): void {
    this.timer = setInterval(() => {
      this.reading = this.reading.then(() => this.read()).catch(() => undefined);
    }, pollMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.reading;
    await this.read().catch(() => undefined);
    await this.file?.close();
    this.file = undefined;
  }

  /** What is heard in a window that begins now (ms). Waits for it. */
  async heard(lastingMs = windowMs): Promise<Sound> {
    const from = Date.now() + settleMs;
    await this.recordedUntil(from + lastingMs);
    return this.recording.sound(from, from + lastingMs);
  }

  /** Waits until exactly this is heard; answers after how many ms it was. */
  async hears(expected: Expected, withinMs = 3_000): Promise<number> {
    const asked = Date.now();
    let seen = asked;
    // A window after the deadline is not looked at, but what lies before it may reach us later.
    while (Date.now() < asked + withinMs + 1_500) {
      for (; seen + windowMs <= Math.min(this.recording.endAt, asked + withinMs + windowMs); seen += pollMs) {
        if (matches(expected, this.recording.sound(seen, seen + windowMs)))
          return Math.max(0, Math.round(seen - asked));
      }
      await sleep(pollMs);
    }
    const end = this.recording.endAt;
    const last =
      end <= asked
        ? 'nothing (its loudspeaker is not running)'
        : describe(this.recording.sound(end - 1_000, end));
    const wanted = typeof expected === 'string' ? expected : `${expected.join(' + ')} Hz alone`;
    throw new Error(
      `Phone ${this.name} did not hear ${wanted} within ${withinMs} ms; at the end it heard ${last}.`,
    );
  }

  private async recordedUntil(time: number): Promise<void> {
    const deadline = time + 3_000;
    while (this.recording.endAt < time) {
      if (Date.now() > deadline) {
        throw new Error(
          `Phone ${this.name} has no running loudspeaker: it is in no call, or its call has ended.`,
        );
      }
      await sleep(pollMs);
    }
  }

  private async read(): Promise<void> {
    this.file ??= await open(this.path, 'r');
    const { size } = await this.file.stat();
    if (size < this.offset) {
      this.offset = 0;
      this.recording.begin();
    }
    const from = Math.max(this.offset, headerBytes);
    const bytes = (size - from) & ~1;
    if (bytes <= 0) return;
    const { buffer, bytesRead } = await this.file.read(Buffer.alloc(bytes), 0, bytes, from);
    this.offset = from + bytesRead;
    this.recording.add(samplesOf(buffer.subarray(0, bytesRead)), Date.now());
  }
}

function matches(expected: Expected, sound: Sound): boolean {
  if (expected === 'music') return sound.music && sound.tones.length === 0;
  if (expected === 'ringing') return sound.ringing && !sound.music;
  if (expected === 'silence') return sound.silent;
  return (
    !sound.music &&
    !sound.ringing &&
    expected.length > 0 &&
    expected.length === sound.tones.length &&
    expected.every((tone) => sound.tones.includes(tone))
  );
}
