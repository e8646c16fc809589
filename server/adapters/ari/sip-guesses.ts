// The port SipGuesses: who tried a wrong secret, out of Asterisk's log of security events.
// It must not count a try that proves nothing: over UDP anybody writes any address into a first request. Only an answer to a
// challenge that went to that address is a guess made from there.
import { open } from 'node:fs/promises';
import type { Meter, SipGuesses } from '../../engine/ports.ts';

/** At a time: a flood's older part is dropped, its newer part counts all the same. */
const mostBytes = 1024 * 1024;
/** Browsers come through our own server, whose address is in these: their secrets are its business. */
const guess =
  /SecurityEvent="ChallengeResponseFailed".*?RemoteAddress="IPV[46]\/(?:UDP|TCP|TLS)\/(?<address>[0-9a-fA-F.:]+)\/\d+"/u;

export function guessIn(line: string): string | null {
  return guess.exec(line)?.groups?.['address'] ?? null;
}

/** @param file security.log of Asterisk. */
export function createSipGuesses(file: string, meter: Meter): SipGuesses {
  let place: { readonly inode: number; readonly offset: number } | null = null;
  return {
    async read() {
      const handle = await open(file).catch((error: unknown) => {
        // Not written yet: no security event so far.
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
        throw error;
      });
      if (!handle) {
        place ??= { inode: 0, offset: 0 };
        return [];
      }
      try {
        const { ino, size } = await handle.stat();
        // What was written before this start was its predecessor's to see.
        place ??= { inode: ino, offset: size };
        const known = place.inode === ino && place.offset <= size ? place.offset : 0;
        const offset = Math.max(known, size - mostBytes);
        const buffer = Buffer.alloc(size - offset);
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
        const end = buffer.subarray(0, bytesRead).lastIndexOf(10) + 1;
        place = { inode: ino, offset: offset + end };
        const found = buffer
          .toString('utf8', 0, end)
          .split('\n')
          .flatMap((line) => guessIn(line) ?? []);
        if (found.length > 0) meter.count('hotline_sip_guesses_total', {}, found.length);
        return found;
      } finally {
        await handle.close();
      }
    },
  };
}
