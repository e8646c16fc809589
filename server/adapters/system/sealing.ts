// Seals small secrets with a key that stands beside the database, not in it: a copy of the database alone opens nothing.
// It must not write the key anywhere but into its file (0600), nor make a new one where there is a file it cannot read.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import type { Sealing } from '../../engine/security-ports.ts';

const algorithm = 'aes-256-gcm';
const keyLength = 32;
const nonceLength = 12;
const tagLength = 16;

/** @param file base64 of 32 bytes; made where there is none. Nodes of one cell share it. */
export async function openSealing(file: string): Promise<Sealing> {
  const key = await keyIn(file);
  return {
    seal(text, about) {
      const nonce = randomBytes(nonceLength);
      const cipher = createCipheriv(algorithm, key, nonce).setAAD(Buffer.from(about));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64');
    },
    open(sealed, about) {
      const bytes = Buffer.from(sealed, 'base64');
      try {
        const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceLength), {
          authTagLength: tagLength,
        });
        decipher.setAAD(Buffer.from(about));
        decipher.setAuthTag(bytes.subarray(nonceLength, nonceLength + tagLength));
        const body = bytes.subarray(nonceLength + tagLength);
        return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
      } catch {
        return null;
      }
    },
  };
}

async function keyIn(file: string): Promise<Buffer> {
  try {
    // `wx`: of two that start at once one makes it, the other reads it.
    await writeFile(file, `${randomBytes(keyLength).toString('base64')}\n`, {
      flag: 'wx',
      mode: 0o600,
      flush: true,
    });
  } catch (failure) {
    if (!(failure instanceof Error && 'code' in failure && failure.code === 'EEXIST')) throw failure;
  }
  const key = Buffer.from((await readFile(file, 'utf8')).trim(), 'base64');
  if (key.length === keyLength) return key;
  throw new Error(
    `${file} is not a key of ${keyLength} bytes; put the right one back, or move it away and have every second factor enrolled anew.`,
  );
}
