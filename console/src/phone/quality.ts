// How a line sounds, in figures and in one word. Pure.

export interface Quality {
  /** Percent of packets lost on the way to us, over the last look. */
  readonly loss: number;
  readonly jitterMs: number;
  readonly roundTripMs: number | null;
  readonly codec: string;
  readonly packetsIn: number;
  readonly packetsOut: number;
  /** No packet came for this long while the line was up. */
  readonly silentMs: number;
}

/** One word for what a person hears, after the usual limits for G.711. */
export const gradeOf = ({ loss, jitterMs, roundTripMs }: Quality): 'good' | 'fair' | 'poor' => {
  if (loss > 5 || jitterMs > 60 || (roundTripMs ?? 0) > 500) return 'poor';
  return loss > 1 || jitterMs > 30 || (roundTripMs ?? 0) > 250 ? 'fair' : 'good';
};
