// What is installed is what was looked at: every package of the lock file has its hash, none may run a script of its own, and
// package.json names exact versions. It must not ask a registry.
import { readFileSync } from 'node:fs';
import { test } from 'tap';

const root = new URL('../..', import.meta.url).pathname;
const read = (file: string): string => readFileSync(`${root}/${file}`, 'utf8');
type Locked = { integrity?: string; hasInstallScript?: boolean; link?: boolean; inBundle?: boolean };

test('A15 the lock file: a hash for every package, the versions of package.json, nothing but exact ones', (t) => {
  const lock = JSON.parse(read('package-lock.json')) as {
    lockfileVersion: number;
    packages: Record<string, Locked & Record<string, unknown>>;
  };
  const own = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
  const { '': ours, ...packages } = lock.packages;
  const bare = Object.entries(packages).filter(
    ([, { integrity, inBundle }]) => inBundle !== true && integrity?.startsWith('sha512-') !== true,
  );
  t.same(
    bare.map(([name]) => name),
    [],
    'each has a SHA-512',
  );
  for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies']) {
    t.same(ours?.[kind], own[kind], `${kind} are those of package.json`);
    for (const [name, version] of Object.entries(own[kind] ?? {}))
      t.match(version, /^\d+\.\d+\.\d+(?:-[\w.]+)?$/u, `${name} is named exactly`);
  }
  t.end();
});

test('A15 no package runs a script when it is installed, and CI installs by the lock file alone', (t) => {
  t.match(read('.npmrc'), /^ignore-scripts=true$/mu);
  t.match(read('.ci/run'), /^npm ci\b/mu);
  t.end();
});
