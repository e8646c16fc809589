// Files of recordings after their calls: measured, hashed, judged, written down, and deleted when their time is over (R26, G26).
// It must not be waited for by any call, and it must not start or stop a recording: calls do.
import type { Call } from '../domain/call/state.ts';
import type { NewFact } from '../domain/decision.ts';
import { ENGINE } from '../domain/call/step.ts';
import type { CallId, Platform, Time } from '../protocol/words.ts';
import type { Clock, Log, OpenRecording, RecordingFiles } from './ports.ts';

export interface RecordingsParts {
  readonly files: RecordingFiles;
  readonly clock: Clock;
  readonly log: Log;
  readonly keepDays: number;
  /** Writes a fact of the call; resolves when it is on disk. */
  readonly note: (call: CallId, platform: Platform | null, fact: NewFact) => Promise<void>;
  /** The call goes on, here or with the static seats. */
  readonly alive: (call: CallId) => boolean;
}

/** A recording that misses more than this of its call is alarmed: Asterisk's own start and end take a moment. */
const missingSeconds = 1;
const missingShare = 0.02;
/** Of 32,767: below it a whole file holds nobody's voice, music or tone. */
const silentPeak = 100;
const silentAfterSeconds = 3;
const dayMs = 86_400_000;

export class Recordings {
  private readonly parts: RecordingsParts;
  private readonly open = new Map<string, OpenRecording>();
  private work: Promise<void> = Promise.resolve();
  private daily: NodeJS.Timeout | null = null;

  constructor(parts: RecordingsParts) {
    this.parts = parts;
    for (const open of parts.files.open()) this.open.set(open.name, open);
  }

  start(): void {
    const again = () => {
      this.line(() => this.sweep());
      this.daily = setTimeout(again, dayMs);
      this.daily.unref();
    };
    again();
  }
  /** What is being hashed is finished first. */
  async stop(): Promise<void> {
    if (this.daily) clearTimeout(this.daily);
    await this.work;
  }

  /** Called with each call that changed. */
  follow({ id: call, platform, recording }: Call): void {
    if (recording?.since == null) return;
    const { name, since, pausedAt, pausedMs } = recording;
    const known = this.open.get(name);
    if (known && known.pausedAt === pausedAt && known.pausedMs === pausedMs) return;
    // Finished while its call went on: lost, and alarmed by the call.
    if (!known && this.closed.has(name)) return;
    const now: OpenRecording = { name, call, platform, since, pausedAt, pausedMs };
    this.open.set(name, now);
    this.parts.files.note(now);
  }
  private readonly closed = new Set<string>();

  /** Asterisk has closed the file. `at`: when; null where nobody saw it. */
  recorded(name: string, at: Time | null): void {
    const open = this.open.get(name);
    if (!open || this.closed.has(name)) return;
    this.closed.add(name);
    this.line(() => this.finish(open, at));
  }

  /** After a comparison: recordings of calls that are nowhere any more ended while nobody listened. */
  settle(): void {
    for (const { name, call } of this.open.values()) if (!this.parts.alive(call)) this.recorded(name, null);
  }

  /** One file after another: hashing is not to take the disk from those that are being written. */
  private line(task: () => Promise<void>): void {
    this.work = this.work
      .then(task)
      .catch((error: unknown) =>
        this.parts.log.error(
          { error },
          'Work on recordings failed; check the folder HOTLINE_RECORDINGS and its disk. It is tried again at the next start.',
        ),
      );
  }

  private async finish(open: OpenRecording, at: Time | null): Promise<void> {
    const { files, note } = this.parts;
    const { name, call, platform } = open;
    const fact = (type: string, data: Readonly<Record<string, unknown>>) =>
      note(call, platform, { type, actor: ENGINE, data: { file: name, ...data } });
    const file = await files.measure(name);
    if (!file) await fact('alarm.recording-missing', { reason: 'no-file' });
    else {
      const { bytes, seconds, sha256, peak } = file;
      const wanted = at === null ? null : (at - open.since - paused(open, at)) / 1000;
      await fact('recording.finished', {
        bytes,
        seconds,
        sha256,
        ...(wanted === null ? { recovered: true } : { expectedSeconds: wanted }),
      });
      if (wanted !== null && wanted - seconds > missingSeconds + wanted * missingShare)
        await fact('alarm.recording-short', { seconds, expectedSeconds: wanted });
      if (seconds >= silentAfterSeconds && peak < silentPeak)
        await fact('alarm.recording-silent', { seconds });
    }
    files.done(name);
    this.open.delete(name);
    // Late views of its call must not open it anew; its call is over within moments.
    setTimeout(() => this.closed.delete(name), 60_000).unref();
  }

  private async sweep(): Promise<void> {
    const { files, clock, keepDays, note, log } = this.parts;
    const before = clock.now() - keepDays * dayMs;
    let deleted = 0;
    for (const { name, call } of await files.olderThan(before)) {
      if (this.open.has(name)) continue;
      await files.remove(name);
      await note(call, null, { type: 'recording.deleted', actor: ENGINE, data: { file: name, keepDays } });
      deleted += 1;
    }
    if (deleted > 0) log.info({ deleted, keepDays }, 'Recordings whose time is over were deleted.');
  }
}

const paused = ({ pausedAt, pausedMs }: OpenRecording, at: Time): number =>
  pausedMs + (pausedAt === null ? 0 : at - pausedAt);
