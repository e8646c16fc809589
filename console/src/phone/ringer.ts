// The bell: China's ringing tone on a device of its own. It rings while told to and never longer than a minute,
// so that a lost "stop" cannot ring for ever. It must not know calls: the desk tells it from the server's facts.

const hertz = 450;
const onSeconds = 1;
const cycleSeconds = 5;
const capMs = 60_000;

export class Ringer {
  #context: AudioContext | null = null;
  #stopRinging: (() => void) | null = null;
  #volume = 0.6;
  #device = '';

  /** An open audio context keeps a background tab's bell working; call it from a click. */
  async arm(): Promise<void> {
    this.#context ??= new AudioContext();
    await this.#route();
    if (this.#context.state !== 'running') await this.#context.resume().catch(() => undefined);
  }

  configure(device: string, volume: number): void {
    this.#volume = volume;
    if (device === this.#device) return;
    this.#device = device;
    void this.#route();
  }

  get ringing(): boolean {
    return this.#stopRinging !== null;
  }

  start(): void {
    if (this.#stopRinging) return;
    const context = (this.#context ??= new AudioContext());
    void context.resume().catch(() => undefined);
    const gain = context.createGain();
    gain.gain.value = 0;
    const tone = context.createOscillator();
    tone.frequency.value = hertz;
    tone.connect(gain).connect(context.destination);
    // Scheduled ahead, so that a throttled background tab rings on time.
    const begin = context.currentTime + 0.02;
    for (let cycle = 0; cycle * cycleSeconds * 1000 < capMs; cycle += 1) {
      const at = begin + cycle * cycleSeconds;
      gain.gain.setTargetAtTime(0.5 * this.#volume, at, 0.01);
      gain.gain.setTargetAtTime(0, at + onSeconds, 0.01);
    }
    tone.start();
    const cap = setTimeout(() => this.stop(), capMs);
    this.#stopRinging = () => {
      clearTimeout(cap);
      tone.stop();
      gain.disconnect();
    };
  }

  stop(): void {
    this.#stopRinging?.();
    this.#stopRinging = null;
  }

  /** One second of the bell, for the settings. */
  async test(): Promise<void> {
    await this.arm();
    this.start();
    setTimeout(() => this.stop(), onSeconds * 1000 + 200);
  }

  async #route(): Promise<void> {
    const context = this.#context as (AudioContext & { setSinkId?: (id: string) => Promise<void> }) | null;
    await context?.setSinkId?.(this.#device).catch(() => undefined);
  }
}
