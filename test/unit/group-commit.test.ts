// Group commit alone: who waits shares, everybody is answered for their own piece, a faulty piece fails alone.
import t from 'tap';
import { GroupCommit } from '../../server/adapters/postgres/group-commit.ts';

const pause = (): Promise<void> => new Promise((resume) => setImmediate(resume));

void t.test('G9 what comes while one transaction runs shares the next one, in order', async (t) => {
  const batches: number[][] = [];
  const group = new GroupCommit<number, number>({
    write: async (batch) => {
      batches.push([...batch]);
      await pause();
      return batch.map((n) => n * 10);
    },
    most: 4,
    hopeless: () => true,
  });
  const first = [1, 2].map((n) => group.add(n));
  await pause();
  const rest = [3, 4, 5, 6, 7].map((n) => group.add(n));
  t.same(await Promise.all([...first, ...rest]), [10, 20, 30, 40, 50, 60, 70]);
  t.same(batches, [[1, 2], [3, 4, 5, 6], [7]]);
  t.equal(await group.add(8), 80, 'an idle group starts anew');
});

void t.test(
  'G9 a piece at fault does not take its batch with it; a database that is away takes all',
  async (t) => {
    let away = false;
    const group = new GroupCommit<string, string>({
      write: (batch) =>
        away || batch.includes('bad')
          ? Promise.reject(new Error(away ? 'away' : 'bad'))
          : Promise.resolve(batch),
      most: 10,
      hopeless: (error) => error instanceof Error && error.message === 'away',
    });
    const told = await Promise.allSettled(['a', 'bad', 'b'].map((piece) => group.add(piece)));
    t.same(
      told.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    away = true;
    const none = await Promise.allSettled(['a', 'b'].map((piece) => group.add(piece)));
    t.ok(none.every(({ status }) => status === 'rejected'));
    away = false;
    t.equal(await group.add('c'), 'c');
  },
);

void t.test('G9 pieces that come in the very moment a lane ends are not left lying', async (t) => {
  const group = new GroupCommit<number, number>({
    write: (batch) => Promise.resolve(batch),
    most: 1,
    lanes: 2,
    hopeless: () => true,
  });
  for (let n = 0; n < 500; n += 1) {
    t.equal(await group.add(n), n);
    for (let turn = 0; turn < n % 7; turn += 1) await Promise.resolve();
  }
});
