// Which of this machine's addresses Asterisk turns into media candidates; browsers are told 127.0.0.1 instead of each.
// Asterisk never makes one of 127.0.0.0/8 itself, so a machine with no network is lent an address on its loopback
// device. It must not change the addresses of a machine that has any, and takes back what it lent.
import { execFile } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Reserved for documentation (RFC 5737): routed nowhere, and on the loopback device it cannot leave the machine. */
const lent = '192.0.2.1';

export type CandidateAddresses = { addresses: readonly string[]; release: () => Promise<void> };

export async function candidateAddresses(rootFolder: string): Promise<CandidateAddresses> {
  const own = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, address }) => family === 'IPv4' && !address.startsWith('127.'))
    .map(({ address }) => address);
  if (own.length > 0) return { addresses: own, release: () => Promise.resolve() };
  const change = (verb: 'add' | 'del'): Promise<unknown> =>
    run('chroot', [rootFolder, 'ip', 'address', verb, `${lent}/32`, 'dev', 'lo']);
  // Without it everything but browsers works; that is no reason not to start.
  const added = await change('add').then(
    () => true,
    () => false,
  );
  if (!added) return { addresses: [], release: () => Promise.resolve() };
  return {
    addresses: [lent],
    release: () =>
      change('del').then(
        () => undefined,
        () => undefined,
      ),
  };
}
