// Lists and searches over HTTP, one after another, as one desk would ask: how long each takes.
// It must not ask the database itself.
import type { Reader } from './reader.ts';
import { told } from './told.ts';

const q = (text: string): string => `q=${encodeURIComponent(text)}`;
const before = (n: number): string =>
  `to=${new Date(Date.now() - (1 + ((n * 7919) % 1000)) * 86_400_000).toISOString()}`;
const one = (paths: readonly string[]) => (n: number) => `/tickets?limit=50&${paths[n % paths.length] ?? ''}`;

/** Every kind of question, with paths that differ so that not one page is asked for again and again. */
export async function askTickets(system: Reader, supervisor: Reader): Promise<void> {
  const kind = async (
    name: string,
    rounds: number,
    paths: (n: number) => string,
    reader: Reader = system,
  ): Promise<void> => {
    const times: number[] = [];
    let found = 0;
    for (let n = 0; n < rounds; n += 1) {
      const { ms, body } = await reader.ask(paths(n));
      times.push(ms);
      found += ((body['items'] ?? []) as unknown[]).length;
    }
    console.log(`${name}: ${told(times)}; ${(found / rounds).toFixed(1)} rows a page`);
  };
  await kind('list, newest', 200, one(['', 'platform=110']));
  await kind('list, a supervisor', 200, one(['', 'platform=110', 'state=new', 'class=urgent']), supervisor);
  await kind(
    'list, filters',
    300,
    one([
      'platform=12345&state=new',
      'class=urgent&platform=12345',
      'region=450721',
      'item=public-works-3',
      'platform=12345&overdue=true',
      'item=health-1&region=450722',
    ]),
  );
  await kind(
    'list, filters that never meet',
    300,
    one([
      'state=assigned&region=450702',
      'item=public-works-3&state=escalated',
      'class=urgent&region=450721&state=escalated',
      'class=major',
      'state=returned',
      'source=patrol',
    ]),
  );
  await kind(
    'list, years ago',
    200,
    (n) => one(['platform=12345', 'region=450722', 'platform=110&state=closed'])(n) + `&${before(n)}`,
  );
  await kind('search, common words', 200, one([q('噪音'), q('路灯'), q('施工噪音'), q('向阳街')]));
  await kind('search, rare words', 300, (n) =>
    one([q(`第${(n * 131) % 99_991}号`), q(`白沙路 ${(n * 977) % 99_991}`), q(`20260101-${4_000_000 + n}`)])(
      n,
    ),
  );
  await kind('search, words nobody used', 100, one([q('恐龙'), q('噪恐'), q('路音')]));
  await kind('search, one character', 100, one([q('噪'), q('街'), q('第'), q('龙')]));
  await kind('search, common words that never meet', 50, one([q('噪音 路灯'), q('井盖 退款')]));
  await kind(
    'search with a filter',
    200,
    one([q('噪音') + '&state=new', q('井盖') + '&region=450722', q('退款') + '&platform=110']),
  );
  await kind('search, a supervisor', 200, one([q('噪音'), q('退款')]), supervisor);
}
