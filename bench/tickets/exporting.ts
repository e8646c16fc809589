// A whole export read over HTTP: how much memory the server takes for it, and how long its own thread kept others waiting.
// It must not keep what it reads.
import { Client } from 'undici';
import type { Desk } from '../../lab/desk.ts';
import { memoryMb, ms, percentiles } from '../figures.ts';

/** The server's own figure of its event loop, ms; each look begins it anew. */
async function loopDelays({ url, token }: Desk): Promise<{ readonly p99: number; readonly most: number }> {
  const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  const text = await answer.text();
  const of = (name: string): number =>
    1000 * Number(new RegExp(`^nodejs_eventloop_lag_${name}_seconds (\\S+)$`, 'mu').exec(text)?.[1]);
  return { p99: of('p99'), most: of('max') };
}

/** A question that asks nothing of the database, every 20 ms, as long as `work` lasts: how long each took. */
async function beside(desk: Desk, work: () => Promise<void>): Promise<readonly number[]> {
  const client = new Client(desk.url);
  const times: number[] = [];
  let over = false;
  const asking = async (): Promise<void> => {
    for (;;) {
      if (over) return;
      const sent = performance.now();
      await (await client.request({ path: '/healthz', method: 'GET' })).body.dump();
      times.push(performance.now() - sent);
      await new Promise((resume) => setTimeout(resume, 20));
    }
  };
  const asked = asking();
  try {
    await work();
  } finally {
    over = true;
  }
  await asked;
  await client.close();
  return times;
}

export async function exportTickets(desk: Desk, pid: number, format: string, from: string): Promise<void> {
  const before = memoryMb(pid);
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, memoryMb(pid));
  }, 100);
  await loopDelays(desk);
  const began = performance.now();
  let bytes = 0;
  let lines = 0;
  let status = 0;
  const times = await beside(desk, async () => {
    const client = new Client(desk.url, { bodyTimeout: 0 });
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
    await client.close();
  }).finally(() => clearInterval(watch));
  const seconds = (performance.now() - began) / 1000;
  const loop = await loopDelays(desk);
  const others = percentiles(times);
  console.log(
    `export ${format}: ${status}, ${lines === 0 ? '' : `${lines} lines, `}${(bytes / 1_048_576).toFixed(0)} MiB in ${seconds.toFixed(1)} s, ` +
      `server RSS ${before.toFixed(0)} → at most ${most.toFixed(0)} MiB (+${(most - before).toFixed(0)}); ` +
      `event loop late p99 ${ms(loop.p99)}, at most ${ms(loop.most)} ms; /healthz beside it p50 ${ms(others.p50)}, p99 ${ms(others.p99)}, at most ${ms(others.most)} ms (n=${times.length})`,
  );
}
