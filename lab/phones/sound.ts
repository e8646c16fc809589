// What a stretch of a recording sounds like: whose tones, music (or speech), the ring tone, or nothing.
// It must not know files, phones or clocks.
import { amplitudeAt, loudness } from './goertzel.ts';
import { ringToneHz, tonesHz } from './tones.ts';
import { sampleRate } from './wave.ts';

/** Root mean square below which an ear hears nothing; G.711's idle noise is below 10. */
export const silenceLevel = 30;
const toneLevel = 1_000;
const frameMs = 100;
const frameSamples = (sampleRate * frameMs) / 1_000;

export type Sound = {
  /** Known tones present in most of it, in hertz, ascending. A starved machine drops packets, so "throughout" is too much. */
  readonly tones: readonly number[];
  /** The network's ring tone was heard in it. */
  readonly ringing: boolean;
  /** Something that is neither a known tone nor the ring tone: music, a prompt, a voice. */
  readonly music: boolean;
  readonly silent: boolean;
  readonly loudness: number;
};

type Frame = { readonly tones: readonly number[]; readonly ring: boolean; readonly other: boolean };

/** At least 300 ms of samples, or music cannot be told from a tone that is only passing. */
export function listen(samples: Int16Array): Sound {
  const frames: Frame[] = [];
  for (let at = 0; at + frameSamples <= samples.length; at += frameSamples) {
    frames.push(frameOf(samples.subarray(at, at + frameSamples)));
  }
  const often = (test: (frame: Frame) => boolean, share: number): boolean =>
    frames.length > 0 && frames.filter(test).length >= share * frames.length;
  const level = loudness(samples);
  return {
    tones: tonesHz.filter((tone) => often((frame) => frame.tones.includes(tone), 0.6)),
    ringing: frames.filter((frame) => frame.ring).length >= 2,
    music: often((frame) => frame.other, 0.5),
    silent: level < silenceLevel,
    loudness: Math.round(level),
  };
}

function frameOf(samples: Int16Array): Frame {
  const all = loudness(samples) ** 2;
  const power = (hertz: number): number => amplitudeAt(hertz, samples) ** 2 / 2;
  const present = tonesHz.filter((tone) => power(tone) > toneLevel ** 2 / 2);
  const ring = power(ringToneHz);
  const known = present.reduce((sum, tone) => sum + power(tone), ring);
  return {
    tones: present,
    ring: all > 4 * silenceLevel ** 2 && ring > 0.8 * all,
    other: all - known > Math.max(4 * silenceLevel ** 2, 0.2 * all),
  };
}

/** Is this tone in these (about 20 ms of) samples? For measuring holes. */
export function hasTone(hertz: number, samples: Int16Array): boolean {
  return amplitudeAt(hertz, samples) > toneLevel;
}

export function describe(sound: Sound): string {
  const parts = [
    ...sound.tones.map((tone) => `${tone} Hz`),
    ...(sound.ringing ? ['ring tone'] : []),
    ...(sound.music ? ['music or speech'] : []),
  ];
  return parts.length > 0
    ? parts.join(' + ')
    : sound.silent
      ? 'silence'
      : `an unknown noise (level ${sound.loudness})`;
}
