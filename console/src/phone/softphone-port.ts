// The softphone as the desk knows it: registers, answers, mutes, hangs up, tells how it hears. Types only.
// It must not name a SIP library: jssip-softphone.ts alone knows one, so that it can be changed.
import type { SipAccount } from '../../../server/protocol/session.ts';
import type { Quality } from './quality.ts';

export type Registration = 'off' | 'connecting' | 'registered' | 'failed' | 'lost';

/** One SIP session: ours rings only while the server says so; what this knows is whether there is a line to answer. */
export interface PhoneLine {
  readonly state: 'ringing' | 'answering' | 'up';
  /** Header X-Hotline-Call of the INVITE. */
  readonly call: string | null;
  /** The site's rule came with the INVITE: answer without a press. */
  readonly autoAnswer: boolean;
  readonly muted: boolean;
}

export interface Devices {
  readonly microphone: string;
  readonly speaker: string;
}

export type PhoneTrouble = 'microphone-refused' | 'microphone-lost';

export interface SoftphoneEvents {
  registration(state: Registration): void;
  line(line: PhoneLine | null): void;
  trouble(trouble: PhoneTrouble): void;
  /** The other side's sound, for meters and loudspeaker; null when the line is gone. */
  remote(stream: MediaStream | null): void;
  local(stream: MediaStream | null): void;
}

export interface SoftphonePort {
  register(account: SipAccount, ticket: () => Promise<string>): void;
  /** Takes the line that rings; nothing happens when there is none. */
  answer(): Promise<void>;
  /** At once, here: what is not sent cannot be heard. The server is told by its own command. */
  mute(on: boolean): void;
  dtmf(digit: string): void;
  /** Refuses the line that rings, or ends the one that is up. */
  hangUp(): void;
  useDevices(devices: Devices): Promise<void>;
  /** Makes the media path anew without losing the call. */
  mend(): void;
  /** Null when no line is up. */
  quality(): Promise<Quality | null>;
  /** `leaveCall`: vanishes without a word, so that the call is not ended by it. */
  stop(leaveCall?: boolean): void;
}
