// Tapes of histories that once broke an invariant, named for what was wrong. A tape means what history.ts makes of it: after a
// change there it may tell another story, so a rule that must not be lost again also has a test in call-rules.test.ts.
export const regressions: Readonly<Record<string, readonly number[]>> = {
  'CL2 an order for a whole bridge failed naming a leg that had gone since, and was taken for an echo': [
    1, 0, 1, 26862, 0, 0, 0, 0, 0, 0, 0, 1, 20, 0, 0, 52652, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 58025, 0, 0,
    1, 0, 1, 0, 0, 1, 2, 0, 0, 0, 62371, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 36332, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 20, 1, 0, 0, 5, 20, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0,
  ],
};
