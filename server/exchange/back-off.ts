// How long to wait before a message is tried again: seconds at first, hours later, for a week; then it is put on the desk.
// It must not be a fixed beat: all that failed together would come back together.

const steps = [5, 15, 60, 300, 900, 1800, 3600, 7200, 14_400, 28_800] as const;
export const giveUpAfterMs = 7 * 86_400_000;
/** A message that the partner calls wrong is not tried for a week. */
export const finalTries = 3;

/** `attempts` so far, at least 1; `chance` in [0, 1): half of the step is jitter. */
export function nextTryMs(attempts: number, chance: number): number {
  const step = steps[Math.min(Math.max(attempts, 1), steps.length) - 1] ?? 28_800;
  return Math.round(step * 1000 * (0.5 + chance / 2));
}
