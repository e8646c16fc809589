// Ports of a stack: is one free, who has it, and which ones may a test take.
// It must not open anything for longer than the question takes.
import { createSocket } from 'node:dgram';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { LabFailure } from './failure.ts';
import { tryLock } from './lock.ts';

export type Protocol = 'tcp' | 'udp';

export async function isFree(protocol: Protocol, host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    if (protocol === 'tcp') {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
    } else {
      const socket = createSocket('udp4');
      socket.once('error', () => resolve(false));
      socket.bind({ port, address: host, exclusive: true }, () => socket.close(() => resolve(true)));
    }
  });
}

export async function requireFree(
  protocol: Protocol,
  host: string,
  port: number,
  use: string,
): Promise<void> {
  if (await isFree(protocol, host, port)) return;
  const owner = await ownerOf(protocol, port);
  throw new LabFailure(
    `Port ${port} (${protocol}, for ${use}) is taken by ${owner ?? 'a process that cannot be seen from here'}.`,
    `Stop that process, or give ${use} another port (see "npm run up -- --help").`,
  );
}

/** "name (pid)" of the process that listens there, from the kernel's own tables. */
export async function ownerOf(protocol: Protocol, port: number): Promise<string | undefined> {
  const inodes = new Set<string>();
  for (const table of [protocol, `${protocol}6`]) {
    for (const line of (await readFile(`/proc/net/${table}`, 'utf8').catch(() => '')).split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/u);
      const listening = protocol === 'udp' || state === '0A';
      if (listening && Number.parseInt(local.split(':')[1] ?? '', 16) === port)
        inodes.add(`socket:[${inode}]`);
    }
  }
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/u.test(name))) {
    for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
      if (!inodes.has(target)) continue;
      return `${(await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'a process')).trim()} (pid ${pid})`;
    }
  }
  return undefined;
}

export type StackPorts = {
  sip: { host: string; port: number };
  ari: { port: number };
  postgresPort: number;
  valkeyPort: number;
  httpPort: number;
  rtp: { from: number; to: number };
};

/**
 * A set of ports that no other test process of this machine will be given while this process lives. The media range has
 * room for 300 calls of two legs.
 */
export async function freePorts(): Promise<StackPorts> {
  const rtp = await reserve('rtp', 20_000, 32_000, 1_200);
  return {
    sip: { host: '127.0.0.1', port: await reserve('udp', 15_000, 15_999, 1) },
    ari: { port: await reservePort() },
    postgresPort: await reservePort(),
    valkeyPort: await reservePort(),
    httpPort: await reservePort(),
    rtp: { from: rtp, to: rtp + 1_199 },
  };
}

/** Takes this TCP port in the same way, if nobody has it or is about to. */
export async function claimPort(port: number): Promise<boolean> {
  return (await isFree('tcp', '127.0.0.1', port)) && (await tryLock('port-tcp', String(port))) !== undefined;
}

/** One such TCP port. */
export async function reservePort(): Promise<number> {
  return reserve('tcp', 16_000, 19_999, 1);
}

async function reserve(kind: Protocol | 'rtp', from: number, to: number, step: number): Promise<number> {
  const places = Math.floor((to - from) / step);
  const start = Math.floor(Math.random() * places);
  for (let tries = 0; tries < places; tries += 1) {
    const port = from + ((start + tries) % places) * step;
    const free = kind === 'rtp' || (await isFree(kind, '127.0.0.1', port));
    if (free && (await tryLock(`port-${kind}`, String(port))) !== undefined) return port;
  }
  throw new LabFailure(`No free port between ${from} and ${to}.`, 'Stop the other stacks on this machine.');
}
