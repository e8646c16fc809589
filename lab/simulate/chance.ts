// Chance from a seed: the same seed gives the same city to the last call. It must not be used for secrets.

/** Uniform in [0, 1), by mulberry32: 32 bits of state are plenty for a week of calls. */
export class Chance {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** A stream of its own, so that a change in one thing does not move all the others. */
  branch(salt: number): Chance {
    return new Chance(Math.imul(this.state ^ salt, 0x9e3779b1) ^ (salt << 7));
  }

  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** Exponential. Zero and Infinity are themselves. */
  exponential(mean: number): number {
    return mean === 0 || mean === Infinity ? mean : -Math.log(1 - this.next()) * mean;
  }

  /** Log-normal of this mean and coefficient of variation: how talk times really lie. */
  logNormal(mean: number, variation: number): number {
    if (mean === 0 || variation === 0) return mean;
    const variance = Math.log(1 + variation * variation);
    const normal = Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
    return Math.exp(Math.log(mean) - variance / 2 + normal * Math.sqrt(variance));
  }
}
