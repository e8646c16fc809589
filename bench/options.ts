// What every bench is given. It must not read the command line; run.ts does.

export type BenchOptions = {
  readonly rates: readonly number[];
  /** Of soak. */
  readonly rate: number;
  readonly seconds: number;
  readonly minutes: number;
  readonly calls: number;
  /** Progress. */
  readonly report: (line: string) => void;
  /** Results. */
  readonly print: (text: string) => void;
};
