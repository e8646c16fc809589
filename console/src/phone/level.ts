// How loud a stream is, 0 to 1, for the meters. It must not change the sound.

export class LevelMeter {
  readonly #context: AudioContext;
  #source: MediaStreamAudioSourceNode | null = null;
  readonly #analyser: AnalyserNode;
  readonly #samples: Float32Array<ArrayBuffer>;

  constructor(context: AudioContext) {
    this.#context = context;
    this.#analyser = context.createAnalyser();
    this.#analyser.fftSize = 512;
    this.#samples = new Float32Array(this.#analyser.fftSize);
  }

  listen(stream: MediaStream | null): void {
    this.#source?.disconnect();
    this.#source = null;
    if (!stream || stream.getAudioTracks().length === 0) return;
    this.#source = this.#context.createMediaStreamSource(stream);
    this.#source.connect(this.#analyser);
  }

  /** -50 dB is empty, -6 dB is full: what speech spans. */
  read(): number {
    if (!this.#source) return 0;
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const power = this.#samples.reduce((sum, sample) => sum + sample * sample, 0) / this.#samples.length;
    const decibel = 10 * Math.log10(power + 1e-10);
    return Math.min(1, Math.max(0, (decibel + 50) / 44));
  }
}
