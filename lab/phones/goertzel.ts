// How strong one frequency is in a few samples (Goertzel's algorithm), and how loud they are altogether.
// It must not judge what that means: sound.ts does.
import { sampleRate } from './wave.ts';

const windows = new Map<number, Float64Array>();

/** Hann's window: a tone that begins inside the samples then does not smear over its neighbours. */
function hann(length: number): Float64Array {
  let window = windows.get(length);
  if (window === undefined) {
    window = Float64Array.from(
      { length },
      (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (n + 0.5)) / length),
    );
    windows.set(length, window);
  }
  return window;
}

/** Amplitude (0–32,767) of a sine of that frequency. Needs about 20 ms of samples to tell 100 Hz apart. */
export function amplitudeAt(hertz: number, samples: Int16Array): number {
  const window = hann(samples.length);
  const turn = 2 * Math.cos((2 * Math.PI * hertz) / sampleRate);
  let last = 0;
  let before = 0;
  for (let n = 0; n < samples.length; n += 1) {
    const next = (samples[n] ?? 0) * (window[n] ?? 0) + turn * last - before;
    before = last;
    last = next;
  }
  const power = last * last + before * before - turn * last * before;
  // Hann halves what a whole period adds up to: 2/N becomes 4/N.
  return (4 * Math.sqrt(Math.max(0, power))) / samples.length;
}

/** Root mean square of the samples. */
export function loudness(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length);
}
