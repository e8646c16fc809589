// The parts of a call's recording, as its facts tell them: finished, still written, missing, deleted. Pure.
// It must count parts as the server does: those that can be fetched, in order.
import type { Fact } from '../../../server/protocol/facts.ts';

export interface RecordingPart {
  readonly file: string;
  readonly state: 'finished' | 'open' | 'missing' | 'deleted';
  /** What to ask the server for; null where there is nothing to be had. */
  readonly part: number | null;
  readonly sha256: string;
  readonly lengthMs: number;
  readonly pausedMs: number;
}

export function recordingParts(facts: readonly Fact[]): readonly RecordingPart[] {
  const files = new Map<string, Omit<RecordingPart, 'part'>>();
  for (const { type, data } of facts) {
    const { file } = data;
    if (typeof file !== 'string') continue;
    const number = (key: string) => (typeof data[key] === 'number' ? data[key] : 0);
    const known = files.get(file) ?? { file, state: 'open', sha256: '', lengthMs: 0, pausedMs: 0 };
    if (type === 'recording.started') files.set(file, known);
    else if (type === 'recording.resumed')
      files.set(file, { ...known, pausedMs: known.pausedMs + number('pausedMs') });
    else if (type === 'recording.finished')
      files.set(file, {
        ...known,
        state: 'finished',
        sha256: typeof data['sha256'] === 'string' ? data['sha256'] : '',
        lengthMs: number('seconds') * 1000,
      });
    else if (type === 'alarm.recording-missing') files.set(file, { ...known, state: 'missing' });
    else if (type === 'recording.deleted') files.set(file, { ...known, state: 'deleted' });
  }
  let part = 0;
  return [...files.values()].map((each) => ({
    ...each,
    part: each.state === 'finished' ? (part += 1) : null,
  }));
}
