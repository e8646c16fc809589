// Tickets opened one by one over HTTP, each answered when it is durable (fsync on): how many a second.
// It must count what was answered 202 alone, and look in the database whether all of it is there.
import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { Pool } from 'undici';
import type { City } from '../../lab/city.ts';
import { cpuMs, machineMs } from '../figures.ts';
import { told } from './told.ts';

const summaries = [
  '小区路灯不亮，晚上出行不便',
  '夜间施工噪音扰民，影响休息',
  '邻里纠纷，双方情绪激动',
  '下水道井盖缺失，行人有危险',
  '商家拒绝退款，要求协调',
];

export interface OpeningOptions {
  readonly seconds: number;
  readonly connections: number;
}

/** One round; gives tickets a second. */
export async function openTickets(city: City, db: Client, options: OpeningOptions): Promise<number> {
  const desk = await city.desk('system');
  const pool = new Pool(city.server.url, { connections: options.connections, pipelining: 1 });
  const count = async (): Promise<number> =>
    Number((await db.query<{ n: string }>('select count(*) as n from tickets')).rows[0]?.n);
  const headers = { authorization: `Bearer ${desk.token}`, 'content-type': 'application/json' };
  const before = await count();
  const pid = city.server.pid ?? 0;
  const [cpu, machine] = [cpuMs(pid), machineMs()];
  const times: number[] = [];
  const refused = new Map<number, number>();
  const began = performance.now();
  const until = began + options.seconds * 1000;
  const client = async (first: number): Promise<void> => {
    for (let n = first; performance.now() < until; n += 1) {
      const sent = performance.now();
      const answer = await pool.request({
        path: '/v1/tickets',
        method: 'POST',
        headers: { ...headers, 'idempotency-key': randomUUID() },
        body: JSON.stringify({
          platform: '12345',
          summary: summaries[n % summaries.length],
          region: '450702',
          place: '向阳街',
        }),
      });
      await answer.body.dump();
      if (answer.statusCode === 202) times.push(performance.now() - sent);
      else refused.set(answer.statusCode, (refused.get(answer.statusCode) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: options.connections }, (_, n) => client(n)));
  const seconds = (performance.now() - began) / 1000;
  const [cpuAfter, machineAfter] = [cpuMs(pid), machineMs()];
  await pool.close();
  const stored = (await count()) - before;
  const perSecond = times.length / seconds;
  const busy = (machineAfter.used - machine.used) / (machineAfter.all - machine.all);
  console.log(
    `opened over HTTP, one a request, fsync on: ${perSecond.toFixed(0)} tickets/s for ${seconds.toFixed(0)} s; ${told(times)}; ` +
      `server CPU ${((cpuAfter - cpu) / times.length).toFixed(2)} ms/ticket, machine ${(busy * 100).toFixed(0)} % busy; ` +
      `answered ${times.length}, stored ${stored}${refused.size === 0 ? '' : `, refused ${JSON.stringify([...refused])}`}`,
  );
  if (stored < times.length) throw new Error('Fewer tickets are stored than were answered.');
  await caughtUp(db);
  return perSecond;
}

/** The audit and the ledger follow the answers: how far behind were they? */
async function caughtUp(db: Client): Promise<void> {
  const began = performance.now();
  for (;;) {
    const { rows } = await db.query<{ behind: string }>(
      `select (select count(*) from ticket_facts) - (select count(*) from facts where type like 'ticket.%') as behind`,
    );
    if (Number(rows[0]?.behind) <= 0) break;
    if (performance.now() - began > 120_000)
      throw new Error(`The ledger still lacks ${rows[0]?.behind} facts.`);
    await new Promise((resume) => setTimeout(resume, 250));
  }
  console.log(
    `  the ledger had every fact of them ${((performance.now() - began) / 1000).toFixed(1)} s later`,
  );
}
