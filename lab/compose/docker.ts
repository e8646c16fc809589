// Docker for the test of the composed stack: installs what is missing, and starts a daemon of its own if none runs.
// It must not touch a daemon that was running before, or leave its own behind.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabFailure } from '../failure.ts';

export type Docker = {
  /** Runs docker with its output on ours; throws when it fails. */
  run(words: readonly string[], environment?: Readonly<Record<string, string>>): void;
  hasImage(name: string): boolean;
  /** Makes an image of a folder. */
  importFolder(folder: string, name: string): void;
  stop(): Promise<void>;
};

export async function openDocker(rootFolder: string, say: (line: string) => void): Promise<Docker> {
  const work = await mkdtemp(join(tmpdir(), 'hotline-compose-'));
  const environment: Record<string, string> = {
    ...cleanEnvironment(),
    DOCKER_BUILDKIT: '1',
    COMPOSE_BAKE: 'false',
  };
  const works = (words: readonly string[]): boolean =>
    spawnSync('docker', words, { env: environment, stdio: 'ignore' }).status === 0;
  let daemon: ChildProcess | undefined;
  const stop = async (): Promise<void> => {
    if (daemon !== undefined && daemon.exitCode === null) {
      const gone = new Promise((resolve) => daemon?.once('exit', resolve));
      daemon.kill('SIGTERM');
      await gone;
    }
    await rm(work, { recursive: true, force: true });
  };
  try {
    if (!works(['info'])) {
      if (spawnSync('dockerd', ['--version'], { stdio: 'ignore' }).status !== 0) {
        say('Installing docker.io.');
        apt(['install', '-y', '-q', '--no-install-recommends', 'docker.io', 'iptables']);
      }
      say('Starting a Docker daemon for this test.');
      environment['DOCKER_HOST'] = `unix://${work}/docker.sock`;
      daemon = await startDaemon(work);
      for (let tries = 0; !works(['info']); tries += 1) {
        if (tries > 100 || daemon.exitCode !== null) {
          const log = await readFile(join(work, 'log'), 'utf8');
          throw new LabFailure(
            `dockerd did not start:\n${log.slice(-2000)}`,
            'Start Docker yourself and try again.',
          );
        }
        await sleep(300);
      }
    }
    if (!works(['compose', 'version']) || !works(['buildx', 'version'])) {
      say('Fetching docker-compose and docker-buildx from Debian forky.');
      environment['DOCKER_CONFIG'] = await fetchPlugins(rootFolder, work);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const run = (words: readonly string[], more: Readonly<Record<string, string>> = {}): void => {
    const { status } = spawnSync('docker', words, { env: { ...environment, ...more }, stdio: 'inherit' });
    if (status !== 0) throw new LabFailure(`docker ${words.join(' ')} failed.`, 'Read its output above.');
  };
  return {
    run,
    stop,
    hasImage: (name) => works(['image', 'inspect', name]),
    importFolder(folder, name) {
      const script = 'tar -C "$1" -c . | docker import - "$2" > /dev/null';
      const { status } = spawnSync('sh', ['-c', script, 'sh', folder, name], {
        env: environment,
        stdio: 'inherit',
      });
      if (status !== 0)
        throw new LabFailure(`${folder} could not be imported as ${name}.`, 'Read the output above.');
    },
  };
}

/**
 * In mounts of its own, which end with it. Without a bridge or packet filter rules: containers of this stack use the machine's own
 * network.
 */
async function startDaemon(work: string): Promise<ChildProcess> {
  const log = await open(join(work, 'log'), 'w');
  const words = [
    '--pdeathsig',
    'TERM',
    'unshare',
    '--mount',
    '--propagation',
    'private',
    'dockerd',
    '--host',
    `unix://${work}/docker.sock`,
    '--data-root',
    `${work}/data`,
    '--exec-root',
    `${work}/exec`,
    '--pidfile',
    `${work}/pid`,
    '--bridge=none',
    '--iptables=false',
    '--ip6tables=false',
  ];
  const daemon = spawn('setpriv', words, { stdio: ['ignore', log.fd, log.fd] });
  await log.close();
  return daemon;
}

/** Current ones are in the release the lab's root file system is made of; they run without being installed. */
async function fetchPlugins(rootFolder: string, work: string): Promise<string> {
  const config = join(work, 'config');
  const packages = join(work, 'packages');
  await mkdir(join(packages, 'lists/partial'), { recursive: true });
  await mkdir(join(packages, 'cache/archives/partial'), { recursive: true });
  const options = [
    `Dir::Etc::SourceList=${rootFolder}/etc/apt/sources.list`,
    'Dir::Etc::SourceParts=/dev/null',
    `Dir::State::Lists=${packages}/lists`,
    `Dir::Cache=${packages}/cache`,
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  apt([...options, '-q', 'update']);
  apt([...options, '-q', 'download', 'docker-compose', 'docker-buildx'], packages);
  for (const name of (await readdir(packages)).filter((file) => file.endsWith('.deb'))) {
    spawnSync('dpkg', ['-x', join(packages, name), join(packages, 'files')], { stdio: 'inherit' });
  }
  await mkdir(config);
  await writeFile(
    join(config, 'config.json'),
    JSON.stringify({ cliPluginsExtraDirs: [join(packages, 'files/usr/libexec/docker/cli-plugins')] }),
  );
  return config;
}

function apt(words: readonly string[], folder = '/'): void {
  const { status } = spawnSync('apt-get', words, {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...cleanEnvironment(), DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status !== 0)
    throw new LabFailure(
      `apt-get ${words.slice(-3).join(' ')} failed.`,
      'Run "apt-get update" and try again, as root.',
    );
}

function cleanEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith('HOTLINE_'),
    ),
  );
}
