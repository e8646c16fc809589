// `npm run check`: format, lint, types, import directions, dead code, fast tests; everything that needs no server.
// It must not change files; `npm run check -- --fix` formats and repairs what can be repaired.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    fix: { type: 'boolean', default: false },
    'without-tests': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(
    'npm run check [-- --fix] [--without-tests]\n\nFormat, lint, types, import directions, dead code and the fast tests. --fix repairs format and simple lint;\n--without-tests leaves the tests out.',
  );
  process.exit(0);
}
const steps: (readonly [string, string, ...string[]])[] = [
  ['format', 'prettier', values.fix ? '--write' : '--check', '--log-level', 'warn', '.'],
  ['lint', 'eslint', ...(values.fix ? ['--fix'] : []), '.'],
  ['types', 'tsc', '--noEmit'],
  ['types of the console', 'vue-tsc', '--noEmit', '-p', 'console'],
  ['import directions', 'depcruise', '--config', '.dependency-cruiser.cjs', 'server', 'console/src'],
  ['dead code', 'knip'],
];
if (!values['without-tests'])
  steps.push(
    ['test runner', 'tap', 'build'],
    ['fast tests', 'tap', 'run', '--reporter=terse', ...globSync('test/unit/**/*.test.ts').sort()],
  );
for (const [name, command, ...words] of steps) {
  const began = performance.now();
  const ran = spawnSync(command, words, {
    encoding: 'utf8',
    env: { HOTLINE_HISTORIES: '3000', ...process.env, npm_config_loglevel: 'error' },
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${ran.status === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
  if (ran.status !== 0) {
    console.log(ran.stdout + ran.stderr);
    console.log(
      `\n${name} failed. \`npm run check -- --fix\` repairs format and simple lint; the rest is above.`,
    );
    process.exit(1);
  }
}
