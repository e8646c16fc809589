// The microphone of the shift: opened at sign-in so that answering costs no time, replaced when it is unplugged.
// It must not know SIP.
import type { PhoneTrouble } from './softphone-port.ts';

export interface MicrophoneEvents {
  trouble(trouble: PhoneTrouble): void;
  /** A new track in place of the old one, in the middle of a call perhaps. */
  replaced(track: MediaStreamTrack): void;
  stream(stream: MediaStream | null): void;
}

export class Microphone {
  readonly #events: MicrophoneEvents;
  readonly #voiceProcessing: boolean;
  #device: string;
  #stream: MediaStream | null = null;
  #opening: Promise<MediaStream | null> | null = null;
  #muted = false;

  /** `device`: its id, or '' for the system's default. */
  constructor(device: string, voiceProcessing: boolean, events: MicrophoneEvents) {
    this.#device = device;
    this.#voiceProcessing = voiceProcessing;
    this.#events = events;
  }

  open(): Promise<MediaStream | null> {
    if (this.#stream?.active) return Promise.resolve(this.#stream);
    this.#opening ??= this.#ask(this.#device).finally(() => (this.#opening = null));
    return this.#opening;
  }

  async use(device: string): Promise<void> {
    if (device === this.#device) return;
    this.#device = device;
    if (this.#stream === null) return;
    const before = this.#stream;
    const stream = await this.#ask(device);
    const [track] = stream?.getAudioTracks() ?? [];
    if (!track) return;
    this.#events.replaced(track);
    for (const old of before.getTracks()) old.stop();
  }

  mute(on: boolean): void {
    this.#muted = on;
    for (const track of this.#stream?.getAudioTracks() ?? []) track.enabled = !on;
  }

  close(): void {
    for (const track of this.#stream?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    this.#stream = null;
    this.#events.stream(null);
  }

  async #ask(device: string): Promise<MediaStream | null> {
    const processing = {
      echoCancellation: this.#voiceProcessing,
      noiseSuppression: this.#voiceProcessing,
      autoGainControl: this.#voiceProcessing,
    };
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        audio: { ...processing, ...(device === '' ? {} : { deviceId: { ideal: device } }) },
        video: false,
      });
      this.#stream = stream;
      for (const track of stream.getAudioTracks()) {
        track.enabled = !this.#muted;
        track.onended = () => void this.#unplugged(stream);
      }
      this.#events.stream(stream);
      return stream;
    } catch {
      this.#events.trouble('microphone-refused');
      return null;
    }
  }

  async #unplugged(stream: MediaStream): Promise<void> {
    if (this.#stream !== stream) return;
    this.#stream = null;
    this.#events.trouble('microphone-lost');
    const [track] = (await this.#ask(''))?.getAudioTracks() ?? [];
    if (track) this.#events.replaced(track);
  }
}
