// 16-bit mono WAV at 8 kHz: what the phones' microphones play and their loudspeakers write.
// It must not know other formats; telephony needs none.

export const sampleRate = 8_000;
export const headerBytes = 44;
/** Of 32,767; a heard tone comes back at this amplitude, two together still fit. */
export const toneAmplitude = 8_000;

/** A whole WAV file of one tone. A whole number of hertz repeats every second, so that one second is computed. */
export function toneWave(hertz: number, seconds: number): Buffer {
  const second = Buffer.alloc(sampleRate * 2);
  for (let n = 0; n < sampleRate; n += 1) {
    second.writeInt16LE(Math.round(toneAmplitude * Math.sin((2 * Math.PI * hertz * n) / sampleRate)), n * 2);
  }
  const body = Buffer.alloc(second.length * seconds);
  for (let n = 0; n < seconds; n += 1) second.copy(body, n * second.length);
  return Buffer.concat([header(body.length), body]);
}

function header(bytes: number): Buffer {
  const head = Buffer.alloc(headerBytes);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + bytes, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(sampleRate, 24);
  head.writeUInt32LE(sampleRate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(bytes, 40);
  return head;
}

/** Samples of raw little-endian 16-bit bytes; an odd last byte is left out. */
export function samplesOf(bytes: Buffer): Int16Array {
  const samples = new Int16Array(bytes.length >> 1);
  for (let n = 0; n < samples.length; n += 1) samples[n] = bytes.readInt16LE(n * 2);
  return samples;
}
