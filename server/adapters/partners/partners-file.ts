// The list of partners and their secrets, in a file its owner alone may read. It must never be logged.
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { isKeyFor } from '../../exchange/signing.ts';

const key = (use: 'signing' | 'verifying') =>
  z.string().refine((text) => isKeyFor(use, text), {
    message: `must be whsec_ and at least 24 bytes in base64, or ${use === 'signing' ? 'whsk_ and an Ed25519 key (its seed)' : 'whpk_ and an Ed25519 public key'}`,
  });
const shared = {
  id: z.string().regex(/^[a-z0-9-]{1,32}$/),
  platforms: z.array(z.string().min(1).max(16)).min(1),
  /** Newest first; two while they rotate. */
  keys: z.array(key('signing')).min(1).max(2),
  inboundKeys: z.array(key('verifying')).min(1).max(2).optional(),
};
export const PartnerEntry = z.discriminatedUnion('mode', [
  z.object({
    mode: z.literal('webhook'),
    ...shared,
    url: z.url(),
    allow: z.array(z.string()).min(1),
    inner: z.boolean().default(false),
    timeoutMs: z.int().min(100).max(60_000).optional(),
  }),
  z.object({
    mode: z.literal('border'),
    ...shared,
    folder: z.string().min(1),
    everyMs: z.int().min(100).optional(),
  }),
]);
export type PartnerEntry = z.infer<typeof PartnerEntry>;

/** Throws where the file is not whole or others may read it. */
export async function readPartners(file: string): Promise<readonly PartnerEntry[]> {
  const { mode } = await stat(file);
  if ((mode & 0o077) !== 0)
    throw new Error(`${file} holds secrets and may be read by others; set its mode to 600.`);
  const read = z.array(PartnerEntry).safeParse(JSON.parse(await readFile(file, 'utf8')));
  if (!read.success) {
    const faults = read.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
    throw new Error(`The partners file ${file} has faults; mend these:\n${faults.join('\n')}`);
  }
  for (const { id, keys, inboundKeys } of read.data)
    // A private key verifies nothing: what comes in needs the partner's own public key.
    if (inboundKeys === undefined && !keys.every((each) => isKeyFor('verifying', each)))
      throw new Error(`${file}: partner ${id} signs with Ed25519, so it needs \`inboundKeys\` of its own.`);
  const ids = read.data.map(({ id }) => id);
  if (new Set(ids).size !== ids.length) throw new Error(`${file} names a partner twice; ids must differ.`);
  return read.data;
}
