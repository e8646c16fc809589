// A whole export read over HTTP, and how much memory the server takes for it. It must not keep what it reads.
import { Client } from 'undici';
import type { Desk } from '../../lab/desk.ts';
import { memoryMb } from '../figures.ts';

export async function exportTickets(desk: Desk, pid: number, format: string, from: string): Promise<void> {
  const before = memoryMb(pid);
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, memoryMb(pid));
  }, 100);
  const client = new Client(desk.url, { bodyTimeout: 0 });
  const began = performance.now();
  let bytes = 0;
  let lines = 0;
  let status = 0;
  try {
    const answer = await client.request({
      path: `/v1/tickets/export?format=${format}&from=${encodeURIComponent(from)}`,
      method: 'GET',
      headers: { authorization: `Bearer ${desk.token}` },
    });
    status = answer.statusCode;
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (format !== 'xlsx') for (const byte of chunk) if (byte === 10) lines += 1;
    }
  } finally {
    clearInterval(watch);
  }
  await client.close();
  const seconds = (performance.now() - began) / 1000;
  console.log(
    `export ${format}: ${status}, ${lines === 0 ? '' : `${lines} lines, `}${(bytes / 1_048_576).toFixed(0)} MiB in ${seconds.toFixed(1)} s, server RSS ${before.toFixed(0)} → at most ${most.toFixed(0)} MiB (+${(most - before).toFixed(0)})`,
  );
}
