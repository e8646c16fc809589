// The tones phones speak with: one each, so that a recording says who was heard.
// None may lie near a DTMF frequency, the ring tone (450 Hz) or a harmonic of another; it must not hold measuring.

export const ringToneHz = 450;

/** Multiples of 50 Hz at least 100 Hz apart; 20 ms frames tell them apart. */
export const tonesHz = [600, 1050, 1150, 1300, 1550, 1750, 1900, 2050, 2250, 2400, 2550, 2700] as const;

const inUse = new Set<number>();

/** A tone no other phone of this process speaks with. */
export function takeTone(wanted?: number): number {
  const tone = wanted ?? tonesHz.find((candidate) => !inUse.has(candidate));
  if (tone === undefined || inUse.has(tone) || !tonesHz.some((known) => known === tone)) {
    throw new Error(
      `No tone ${wanted ?? ''} is free. At most ${tonesHz.length} phones can speak at once, with ${tonesHz.join(', ')} Hz: stop one first.`,
    );
  }
  inUse.add(tone);
  return tone;
}

export function giveToneBack(tone: number): void {
  inUse.delete(tone);
}
