// Notices that this process stood still (stopped, starved, swapped out) longer than Asterisk leaves a caller alone: what waits on the
// socket then is history, and callers may have gone to the static seats meanwhile. It must not decide what to do about that.

/** Shorter than a caller is left alone by a seat that went (dialplan, leg-gone). */
const longestMilliseconds = 1800;
const beatMilliseconds = 250;

export interface Standstill {
  /** True once after each standstill, whoever asks first. */
  noticed(): boolean;
  stop(): void;
}

/** @param told when nobody has asked by then: a quiet socket. */
export function watchStandstill(told: () => void): Standstill {
  let last = performance.now();
  const noticed = (): boolean => {
    const before = last;
    last = performance.now();
    return last - before > longestMilliseconds;
  };
  const timer = setInterval(() => {
    if (noticed()) told();
  }, beatMilliseconds);
  timer.unref();
  return { noticed, stop: () => clearInterval(timer) };
}
