// Valkey as a part of the stack: presence and fan-out that may be lost at any second.
// It must not keep anything on disk: what must last is in PostgreSQL.
import { chown, mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { users, type Confined } from './namespace.ts';
import { writePrivate } from './secrets.ts';

export type ValkeyOptions = { rootFolder: string; folder: string; port: number; password: string };

export async function prepareValkey(options: ValkeyOptions): Promise<Confined> {
  const { folder, port, password } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chown(folder, users.valkey, users.valkey);
  const settings = join(folder, 'valkey.conf');
  const lines = [
    'bind 127.0.0.1',
    `port ${port}`,
    'unixsocket ""',
    `requirepass ${password}`,
    'daemonize no',
    'save ""',
    'appendonly no',
    'dir /var/lib/valkey',
    'maxmemory 256mb',
    'maxmemory-policy volatile-ttl',
    'enable-debug-command no',
    'enable-module-command no',
  ];
  await writePrivate(settings, `${lines.join('\n')}\n`);
  await chown(settings, users.valkey, users.valkey);
  return {
    rootFolder: options.rootFolder,
    user: 'valkey',
    deathSignal: 'KILL',
    mounts: { [folder]: '/var/lib/valkey' },
    command: ['valkey-server', '/var/lib/valkey/valkey.conf'],
  };
}

export async function valkeyAnswers(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    let text = '';
    socket.setEncoding('utf8').setTimeout(1000, () => socket.destroy());
    socket.on('data', (part: string) => {
      text += part;
      if (text.includes('+PONG') || text.includes('-')) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(text.includes('+PONG')));
    socket.write(`AUTH ${password}\r\nPING\r\n`);
  });
}
