// A 16-bit mono WAV at 8 kHz, as Asterisk writes it, measured while it flows by: length and loudest sample.
// It must not keep what it has seen.
const headerBytes = 44;
const bytesPerSecond = 16_000;

export class Wave {
  bytes = 0;
  /** Loudest sample, 0–32,767. */
  peak = 0;
  private odd: number | null = null;

  add(chunk: Buffer): void {
    let at = Math.max(0, headerBytes - this.bytes);
    this.bytes += chunk.length;
    if (at >= chunk.length) return;
    if (this.odd !== null) {
      this.loud(Buffer.of(this.odd, chunk[at] ?? 0).readInt16LE());
      at += 1;
      this.odd = null;
    }
    for (; at + 1 < chunk.length; at += 2) this.loud(chunk.readInt16LE(at));
    if (at < chunk.length) this.odd = chunk[at] ?? null;
  }

  get seconds(): number {
    return Math.max(0, this.bytes - headerBytes) / bytesPerSecond;
  }

  private loud(sample: number): void {
    const size = Math.abs(sample);
    if (size > this.peak) this.peak = size;
  }
}
