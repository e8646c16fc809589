// The one-click transfer on a quiet system: press (HTTP request sent) → INVITE at the target's phone (TR2), 202 read, and beside
// it the same machine's caller's INVITE → seat's INVITE, which makes the same two requests of Asterisk without HTTP or ledger wait.
// It must not press faster than a person would: what is asked is the delay of one press.
import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { udpPort } from '../lab/phones/ports.ts';
import { Callers } from './generator/callers.ts';
import { ms, percentiles, table } from './figures.ts';
import type { Percentiles } from './figures.ts';
import type { BenchOptions } from './options.ts';
import { startProduct } from './product.ts';
import { openStage } from './stage.ts';
import { Desk } from '../lab/desk.ts';

const targetSeat = '6001';
const withinMs = 5_000;

export async function press(options: BenchOptions): Promise<readonly string[][]> {
  const stage = await openStage(options.report, 8);
  const port = await udpPort('127.0.0.2');
  const callers = new Callers({
    host: '127.0.0.2',
    port: port.port,
    server: stage.stack.sip,
    service: '12345',
  });
  try {
    const product = await startProduct(stage, 8);
    try {
      await callers.open();
      const { server, supervisor } = product;
      const open = (user: string): Promise<Desk> => Desk.open(server.url, server.accountsFile, user);
      const target = await open(targetSeat);
      await target.signIn();
      await target.ready();
      // Nobody is offered a call before its phone is known to be there; the first press would measure that.
      await until(async () => (await target.get(`/seats/${targetSeat}`)).body['phone'] === 'registered');
      const desks = new Map<string, Desk>();
      const events = new EventEmitter();
      stage.seats.watcher = {
        invited: (_number, seat, at) => events.emit(seat === targetSeat ? 'target' : 'seat', seat, at),
        talking: (number) => events.emit(`talking ${number}`),
      };
      const figures = { invite: [] as number[], accepted: [] as number[], arrival: [] as number[] };
      for (let n = 0; n < options.calls; n += 1) {
        const number = `1390000${String(n).padStart(4, '0')}`;
        const talking = once(events, `talking ${number}`, { signal: AbortSignal.timeout(withinMs) });
        const offered = once(events, 'seat', { signal: AbortSignal.timeout(withinMs) });
        const call = callers.call(number);
        const [seat, offeredAt] = (await offered) as [string, number];
        await talking;
        figures.arrival.push(offeredAt - call.sentAt);
        const desk = desks.get(seat) ?? (await open(seat));
        desks.set(seat, desk);
        const id = await callOf(supervisor, seat);
        // A person listens before pressing.
        await sleep(300);
        const rang = once(events, 'target', { signal: AbortSignal.timeout(withinMs) });
        const pressed = performance.now();
        const answered = desk.must(`/calls/${id}/transfer`, { to: { line: '110' } });
        const [, rangAt] = (await rang) as [string, number];
        await answered;
        figures.accepted.push(performance.now() - pressed);
        figures.invite.push(rangAt - pressed);
        await until(async () => (await supervisor.get(`/calls/${id}`)).body['owner'] === targetSeat);
        callers.end(number, 0);
        await until(async () => (await supervisor.get(`/calls/${id}`)).body['phase'] === 'ended');
        await target.request('POST', `/seats/${targetSeat}/status`, { status: 'ready' });
        if (n % 20 === 19) options.report(`${n + 1} of ${options.calls} transfers`);
      }
      const row = (name: string, { p50, p95, p99, most }: Percentiles): string[] => [
        name,
        ms(p50),
        ms(p95),
        ms(p99),
        ms(most),
      ];
      const rows = [
        row('press → INVITE at the target', percentiles(figures.invite)),
        row('press → 202, facts on disk', percentiles(figures.accepted)),
        row('caller’s INVITE → seat’s INVITE', percentiles(figures.arrival)),
      ];
      options.print(table(['ms', 'p50', 'p95', 'p99', 'most'], rows));
      return rows;
    } finally {
      await product.stop();
    }
  } finally {
    await callers.close();
    await port.release();
    await stage.close();
  }
}

async function callOf(supervisor: Desk, seat: string): Promise<string> {
  let id: unknown;
  await until(async () => {
    id = (await supervisor.get(`/seats/${seat}`)).body['call'];
    return typeof id === 'string';
  });
  return String(id);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > end)
      throw new Error(
        'The call did not get where it should within 5 s; look at its timeline, and run this on a quiet machine.',
      );
    await sleep(20);
  }
}
