// Lists and searches over HTTP, one after another, as one desk would ask: how long each takes.
// It must not ask the database itself.
import type { Desk } from '../../lab/desk.ts';
import { told } from './told.ts';

/** Every kind of question, with paths that differ so that not one page is asked for again and again. */
export async function askTickets(desk: Desk): Promise<void> {
  const kind = async (name: string, rounds: number, paths: (n: number) => string): Promise<void> => {
    const times: number[] = [];
    for (let n = 0; n < rounds; n += 1) {
      const began = performance.now();
      const { status } = await desk.get(paths(n));
      if (status !== 200) throw new Error(`${name} answered ${status}`);
      times.push(performance.now() - began);
    }
    console.log(`${name}: ${told(times)}`);
  };
  const one = (paths: readonly string[]) => (n: number) =>
    `/tickets?limit=50&${paths[n % paths.length] ?? ''}`;
  const q = (text: string): string => `q=${encodeURIComponent(text)}`;
  const before = (n: number) =>
    `to=${new Date(Date.now() - (1 + ((n * 7919) % 1000)) * 86_400_000).toISOString()}`;
  await kind('list, newest', 200, one(['', 'platform=110']));
  await kind(
    'list, filters',
    300,
    one([
      'platform=12345&state=new',
      'class=urgent&platform=12345',
      'region=450721',
      'item=public-works-3',
      'platform=12345&overdue=true',
      'state=assigned&region=450702',
    ]),
  );
  await kind(
    'list, years ago',
    200,
    (n) => one(['platform=12345', 'region=450722', 'platform=110&state=closed'])(n) + `&${before(n)}`,
  );
  await kind('search, common words', 200, one([q('噪音'), q('路灯'), q('施工噪音'), q('向阳街')]));
  await kind('search, rare words', 300, (n) =>
    one([q(`第${(n * 131) % 99_991}号`), q(`白沙路 ${(n * 977) % 99_991}`)])(n),
  );
  await kind('search, words nobody used', 100, one([q('恐龙'), q('噪恐'), q('路音')]));
  await kind(
    'search with a filter',
    200,
    one([q('噪音') + '&state=new', q('井盖') + '&region=450722', q('退款') + '&platform=110']),
  );
}
