// Keys for the exchange: `node lab/partner-keys.ts` prints a shared secret and an Ed25519 pair. It must not store them.
import { newKeyPair, newSecret } from './partner.ts';

const { signing, verifying } = newKeyPair();
console.log(`Shared secret, for both sides (HMAC-SHA256, v1):
  ${newSecret()}

Ed25519 pair (v1a): the first stays in your own partners file, under "keys"; the second goes to the partner.
  ${signing}
  ${verifying}

Keep what you use in files of mode 600; nothing was stored.`);
