// What a process listens on and who it is, as the kernel tells it. It must not depend on tools that may not be there.
import { readdir, readFile, readlink, stat } from 'node:fs/promises';

export type Listening = { readonly address: string; readonly port: number };

const tcpListen = '0A';
const unconnectedUdp = '07';

/** Below it ports are asked for; above, the kernel chose one for a question sent out (a DNS resolver's): no door. */
const firstChosenPort = 32_768;

/** TCP and UDP addresses (IPv4, IPv6) a process holds open for others. */
export async function listening(pid: number): Promise<readonly Listening[]> {
  const folder = `/proc/${pid}/fd`;
  const links = await Promise.all(
    (await readdir(folder)).map((name) => readlink(`${folder}/${name}`).catch(() => '')),
  );
  const inodes = new Set(
    links.flatMap((link) => /^socket:\[(?<inode>\d+)\]$/u.exec(link)?.groups?.['inode'] ?? []),
  );
  const found: Listening[] = [];
  for (const [table, state] of [
    ['tcp', tcpListen],
    ['tcp6', tcpListen],
    ['udp', unconnectedUdp],
    ['udp6', unconnectedUdp],
  ] as const) {
    const lines = (await readFile(`/proc/${pid}/net/${table}`, 'utf8').catch(() => ''))
      .trim()
      .split('\n')
      .slice(1);
    for (const line of lines) {
      const [, local = '', , is, , , , , , inode = ''] = line.trim().split(/\s+/u);
      if (is !== state || !inodes.has(inode)) continue;
      const [hex = '', port = ''] = local.split(':');
      const number = Number.parseInt(port, 16);
      if (state === unconnectedUdp && number >= firstChosenPort) continue;
      found.push({ address: addressOf(hex), port: number });
    }
  }
  return found;
}

/** Real user id of a process. */
export async function userOf(pid: number): Promise<number> {
  return (await stat(`/proc/${pid}`)).uid;
}

/** The kernel writes IPv4 addresses as one little-endian number; of IPv6 only the loopback matters here. */
function addressOf(hex: string): string {
  if (hex.length === 8)
    return (hex.match(/../gu) ?? [])
      .reverse()
      .map((byte) => Number.parseInt(byte, 16))
      .join('.');
  return hex === '00000000000000000000000001000000' ? '127.0.0.1 (::1)' : `[${hex}]`;
}
