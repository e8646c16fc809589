// `npm run test:compose`: builds the composed stack from one imported base image, starts it and puts a call through it.
// It must not leave containers, volumes, a daemon or secrets behind.
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explain } from '../failure.ts';
import { runConfined } from '../namespace.ts';
import { freePorts } from '../ports.ts';
import { rootFileSystem } from '../root-file-system.ts';
import { openDocker } from './docker.ts';

const base = 'debian:forky-slim';
const root = new URL('../..', import.meta.url).pathname;
const results = { passed: 0, failed: 0 };

function check(what: string, holds: boolean): void {
  results[holds ? 'passed' : 'failed'] += 1;
  console.log(`${holds ? 'ok' : 'NOT OK'} - ${what}`);
}

async function test(): Promise<void> {
  const rootFolder = await rootFileSystem({ report: console.log });
  const docker = await openDocker(rootFolder, console.log);
  const work = await mkdtemp(join(tmpdir(), 'hotline-composed-'));
  const ports = await freePorts();
  const http = `127.0.0.1:${ports.httpPort}`;
  const places = {
    HOTLINE_HTTP: http,
    HOTLINE_SIP: `127.0.0.1:${ports.sip.port}`,
    HOTLINE_ARI_PORT: String(ports.ari.port),
    HOTLINE_POSTGRES_PORT: String(ports.postgresPort),
    HOTLINE_VALKEY_PORT: String(ports.valkeyPort),
    HOTLINE_RTP: `${ports.rtp.from}-${ports.rtp.to}`,
    HOTLINE_SECRETS: join(work, 'secrets'),
    // Machines that test may not raise limits.
    HOTLINE_OPEN_FILES: '16384',
  };
  const override = join(work, 'override.yml');
  await writeFile(override, buildOnHostNetwork());
  const files = ['-p', `hotline-test-${process.pid}`, '-f', join(root, 'docker-compose.yml'), '-f', override];
  const compose = (...words: string[]): void => docker.run(['compose', ...files, ...words], places);
  try {
    if (!docker.hasImage(base)) docker.importFolder(rootFolder, base);
    spawnSync('sh', [join(root, 'lab/compose/secrets.sh')], {
      env: { ...process.env, ...places },
      stdio: 'inherit',
    });
    compose('build', '--quiet');
    check('every image builds from one base', true);
    compose('up', '--detach', '--wait', '--wait-timeout', '180');
    check('every part becomes healthy', true);
    const ready = await fetch(`http://${http}/readyz`);
    check('the server answers /readyz', ready.ok);
    check(
      'a call from the public network to 12345 is answered',
      await answered(rootFolder, places.HOTLINE_SIP, '12345'),
    );
    const prompt = 'test -s /var/lib/asterisk/sounds/hotline/place-1.wav';
    compose('exec', '-T', 'asterisk', 'sh', '-c', prompt);
    check('what waiting callers are told is there', true);
    check('a call to any other number is not', !(await answered(rootFolder, places.HOTLINE_SIP, '99999')));
  } catch (error) {
    compose('logs', '--tail', '30');
    throw error;
  } finally {
    compose('down', '--volumes', '--timeout', '10');
    await docker.stop();
    await rm(work, { recursive: true, force: true });
  }
}

/** One SIPp call of a second. SIPp ends with 0 when it went as a call should. */
async function answered(rootFolder: string, sip: string, number: string): Promise<boolean> {
  const words = [
    'sipp',
    sip,
    '-sn',
    'uac',
    '-s',
    number,
    '-i',
    '127.0.0.2',
    '-m',
    '1',
    '-d',
    '1000',
    '-timeout',
    '15',
    '-nostdin',
  ];
  const { code } = await runConfined({
    rootFolder,
    user: 'tool',
    deathSignal: 'KILL',
    mounts: {},
    command: words,
  });
  return code === 0;
}

/** A daemon without a bridge has no other network to build on. */
function buildOnHostNetwork(): string {
  const services = ['configure', 'asterisk', 'postgres', 'valkey', 'server'];
  return `services:\n${services.map((name) => `  ${name}: { build: { network: host } }\n`).join('')}`;
}

try {
  await test();
} catch (error) {
  console.error(explain(error));
  results.failed += 1;
}
console.log(`${results.passed} passed, ${results.failed} failed`);
process.exitCode = results.failed === 0 ? 0 : 1;
