// `npm test`: the checks, then every test, fast and slow, on real parts (Asterisk, PostgreSQL, Valkey, a browser), which it installs itself.
// It must not skip: a test that cannot run here has failed. Ends with the line `N passed, N failed`.
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { rootFileSystem } from '../lab/root-file-system.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { help: { type: 'boolean', default: false } },
});
if (values.help) {
  console.log(`npm test [-- FILE…]

Makes the root file system with Asterisk, PostgreSQL and Valkey if it is not there yet, then runs
all tests (or the files named). HOTLINE_HISTORIES sets how many random call histories are played (default 100000).`);
  process.exit(0);
}

const run = (command: string, words: readonly string[], line?: (text: string) => void): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, words, {
      stdio: ['ignore', line ? 'pipe' : 'inherit', 'inherit'],
      env: { HOTLINE_HISTORIES: '100000', ...process.env, npm_config_loglevel: 'error' },
    });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
    if (line && child.stdout) createInterface({ input: child.stdout }).on('line', line);
  });

let failed = 0;
let passed = 0;
const began = performance.now();

/** One run of tap over these files, `jobs` of them at a time. Only the outermost results are told. */
async function play(files: readonly string[], jobs: number): Promise<void> {
  if (files.length === 0) return;
  let [pass, fail] = [0, 0];
  let explaining = false;
  const code = await run('tap', ['run', `--jobs=${jobs}`, '--reporter=tap', ...files], (text) => {
    // Of a failure everything that explains it, to the end of its block.
    const failure = /^\s*not ok |^Bail out/.test(text);
    if (failure || explaining || text.startsWith('ok ')) console.log(text);
    explaining = failure || (explaining && !/^\s*\.\.\.$|^\s*(?:ok|# Subtest)/.test(text));
    const summary = /^# \{ total: \d+, pass: (?<pass>\d+)(?:, fail: (?<fail>\d+))?/.exec(text);
    pass = Number(summary?.groups?.['pass'] ?? pass);
    fail = Number(summary?.groups?.['fail'] ?? fail);
  });
  passed += pass;
  failed += code !== 0 && fail === 0 ? 1 : fail;
}

async function prepare(): Promise<void> {
  // A fresh clone has tap's own plugins not put together yet; the first run would still load what .taprc leaves out.
  if ((await run('tap', ['build'])) !== 0) failed += 1;
  await rootFileSystem();
}

async function check(): Promise<void> {
  if (positionals.length === 0 && (await run('node', ['test/check.ts', '--without-tests'])) !== 0)
    failed += 1;
}

await Promise.all([check(), prepare()]);
const files =
  positionals.length > 0
    ? positionals
    : ['unit', 'real'].flatMap((kind) => globSync(`test/${kind}/**/*.test.ts`).sort());
// Stories mostly wait; two at a time halve the run. Those that load the machine play alone, so as not to slow the others.
const alone = (file: string): boolean => /real\/(?:console[^/]*|survival-many)\.test\.ts$/.test(file);
await play(
  files.filter((file) => !alone(file)),
  2,
);
await play(files.filter(alone), 1);
console.log(`Took ${((performance.now() - began) / 1000).toFixed(0)} s.`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
