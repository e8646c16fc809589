// Every report of a month over all facts there are, over HTTP: how long each takes. It must not look at the figures.
import { ms as told } from '../figures.ts';
import type { Reader } from './reader.ts';

const reports = {
  disputes: ['item', 'unit', 'week'],
  transfers: ['other'],
  punctuality: ['unit', 'platform', 'day'],
  platforms: ['platform', 'day'],
  units: ['unit', 'item'],
  seats: ['seat', 'day'],
} as const;

export async function askReports(readers: readonly Reader[]): Promise<void> {
  const to = Date.now();
  const time = `from=${new Date(to - 30 * 86_400_000).toISOString()}&to=${new Date(to).toISOString()}`;
  for (const [name, ways] of Object.entries(reports))
    for (const by of ways)
      for (const reader of readers) {
        const times: number[] = [];
        let counted = 0;
        for (let n = 0; n < 3; n += 1) {
          const { ms, body } = await reader.ask(`/reports/${name}?by=${by}&${time}`);
          times.push(ms);
          counted = Object.values((body['totals'] ?? {}) as Record<string, number>).reduce(
            (sum, n) => sum + n,
            0,
          );
        }
        console.log(
          `report ${name} by ${by}, a month (${counted} figures): ${times.map(told).join(', ')} ms (${reader.desk.user})`,
        );
      }
}
