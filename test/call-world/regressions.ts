// Tapes of histories that once broke an invariant, named for what was wrong. A tape means what history.ts makes of it: after a
// change there it may tell another story, so a rule that must not be lost again also has a test in call-rules.test.ts.
export const regressions: Readonly<Record<string, readonly number[]>> = {
  'G22 after a crash an answer found by the comparison led to a leg id that had been used before it': [
    1, 0, 1, 39230, 64890, 1, 30946, 0, 0, 0, 0, 0, 177, 36701, 0, 0, 817, 0, 26677, 0, 0, 0, 0, 1, 0, 0,
    4494, 0, 0, 0, 0, 0,
  ],
  'SV4 a crash in the middle of a merge: the answer found by the comparison beeped a seat that stood in a bridge':
    [
      1, 0, 757, 44706, 0, 0, 0, 0, 0, 1, 0, 0, 37, 0, 1, 0, 0, 0, 58964, 0, 58778, 0, 6654, 62206, 4410,
      38228, 28450, 0, 0, 0, 0, 0, 3001, 2899, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ],
  'SL2 a crash while a talk was moved to where keys are heard: a seat was beeped in the bridge it had not left':
    [
      1, 0, 100, 21310, 11493, 0, 30626, 0, 0, 0, 0, 0, 1625, 26799, 0, 0, 0, 0, 34978, 0, 0, 0, 0, 0, 1, 0,
      0, 37, 0, 4841, 0, 0, 0, 0, 0, 0, 0, 53716, 25, 0, 0, 254, 0,
    ],
  'SL2 the same, with an order that failed: its caller had music without a dead-man': [
    481, 0, 18769, 0, 0, 0, 0, 0, 0, 0, 0, 0, 51170, 0, 0, 0, 0, 0, 11889, 53579, 0, 0, 0, 0, 0, 0, 0, 0, 185,
    0, 0, 0, 1065, 56120, 25063, 0, 0, 0, 0, 0, 0,
  ],
};
