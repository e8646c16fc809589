// Starts the real parts (Asterisk, PostgreSQL, Valkey) for one installation on loopback and hands back how to reach,
// hurt and stop them. It must not know our server: up.ts, the tests and the bench put that on top.
import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { asteriskAnswers, asteriskConsole, prepareAsterisk } from './asterisk.ts';
import { candidateAddresses, type CandidateAddresses } from './candidate-addresses.ts';
import { LabFailure } from './failure.ts';
import { tryLock } from './lock.ts';
import { confinedCommand, confinedEnvironment, type Confined } from './namespace.ts';
import { requireFree } from './ports.ts';
import { ensureDatabase, postgresAnswers, preparePostgres } from './postgres.ts';
import { promptFolder } from './prompts.ts';
import { defaultCacheFolder, requireRoot, rootFileSystem } from './root-file-system.ts';
import { databaseUrl, keepSecrets, valkeyUrl, writeSecretFiles } from './secrets.ts';
import { Service } from './service.ts';
import { readSite } from './site.ts';
import { prepareValkey, valkeyAnswers } from './valkey.ts';

export type StackOptions = {
  stateFolder: string;
  cacheFolder?: string;
  siteFile: string;
  sip: { host: string; port: number };
  ari: { port: number };
  postgresPort: number;
  valkeyPort: number;
  rtp: { from: number; to: number };
  /** Parts that die are started again within 2 s. Tests of outages leave it off and use `restart`. */
  supervise: boolean;
  report?: (line: string) => void;
};

export type PartName = 'asterisk' | 'postgres' | 'valkey';

export type Stack = {
  readonly rootFolder: string;
  readonly sip: { host: string; port: number; wsUrl: string };
  /** `witness` may only look: the tests' own view of Asterisk. */
  readonly ari: {
    url: string;
    user: 'hotline';
    password: string;
    passwordFile: string;
    witness: { user: 'witness'; password: string };
  };
  readonly postgres: { url: string; urlFile: string; ownerUrl: string };
  readonly valkey: { url: string; urlFile: string };
  readonly rtp: { readonly from: number; readonly to: number };
  readonly folders: { state: string; logs: string; recordings: string };
  readonly cdrFile: string;
  readonly securityLog: string;
  pid(part: PartName): number | undefined;
  kill(part: PartName, signal: NodeJS.Signals): void;
  restart(part: PartName): Promise<void>;
  /** Runs one command at Asterisk's console and returns what it printed. */
  console(command: string): Promise<string>;
  stop(): Promise<void>;
};

export async function startStack(options: StackOptions): Promise<Stack> {
  requireRoot();
  const report = options.report ?? (() => undefined);
  const site = await readSite(options.siteFile);
  await mkdir(options.stateFolder, { recursive: true, mode: 0o700 });
  const state = await realpath(options.stateFolder);
  const held = await tryLock('stack', state);
  if (held === undefined) {
    throw new LabFailure(
      `Another stack is running on ${state}.`,
      'Stop it, or set HOTLINE_STATE to another folder.',
    );
  }
  const services: Service[] = [];
  let candidates: CandidateAddresses | undefined;
  const end = async (): Promise<void> => {
    await Promise.all(services.map((one) => one.stop()));
    await candidates?.release();
    await held.release();
  };
  try {
    const rootFolder = await rootFileSystem({
      report,
      ...(options.cacheFolder === undefined ? {} : { cacheFolder: options.cacheFolder }),
    });
    await requirePorts(options);
    candidates = await candidateAddresses(rootFolder);
    const prompts = await promptFolder({
      rootFolder,
      cacheFolder: options.cacheFolder ?? defaultCacheFolder(),
      site: options.siteFile,
      report,
    });

    const logs = join(state, 'logs');
    await mkdir(logs, { recursive: true });
    const secretFolder = join(state, 'secrets');
    const secrets = await keepSecrets(secretFolder);
    const files = await writeSecretFiles(secretFolder, secrets, {
      postgres: options.postgresPort,
      valkey: options.valkeyPort,
    });

    const postgres = {
      rootFolder,
      folder: join(state, 'postgres'),
      port: options.postgresPort,
      passwords: { owner: secrets.postgresOwner, hotline: secrets.postgres },
    };
    const asterisk = {
      rootFolder,
      folder: join(state, 'asterisk'),
      site,
      sip: options.sip,
      ariPort: options.ari.port,
      rtp: options.rtp,
      passwords: { hotline: secrets.ari, witness: secrets.witness },
      candidateAddresses: candidates.addresses,
      prompts,
    };
    const valkey = {
      rootFolder,
      folder: join(state, 'valkey'),
      port: options.valkeyPort,
      password: secrets.valkey,
    };

    const service = (
      name: PartName,
      confined: Confined,
      isReady: () => Promise<boolean>,
      stopSignal: NodeJS.Signals,
      hangs?: { everyMilliseconds: number; misses: number },
    ): Service => {
      const made = new Service({
        name,
        isReady,
        stopSignal,
        report,
        command: confinedCommand(confined),
        environment: confinedEnvironment,
        log: join(logs, `${name}.log`),
        readySeconds: 30,
        stopSeconds: 8,
        supervise: options.supervise,
        ...(hangs === undefined ? {} : { hangs }),
      });
      services.push(made);
      return made;
    };
    const [asteriskPlan, postgresPlan, valkeyPlan] = await Promise.all([
      prepareAsterisk(asterisk),
      preparePostgres(postgres),
      prepareValkey(valkey),
    ]);
    const parts: Record<PartName, Service> = {
      asterisk: service(
        'asterisk',
        asteriskPlan,
        () => asteriskAnswers(options.ari.port, secrets.ari),
        'SIGTERM',
        // Three misses of a second each: known hung within 5 s (F6).
        { everyMilliseconds: 1300, misses: 3 },
      ),
      // SIGINT: those who are connected are thrown out, everything is written.
      postgres: service('postgres', postgresPlan, () => postgresAnswers(options.postgresPort), 'SIGINT'),
      valkey: service(
        'valkey',
        valkeyPlan,
        () => valkeyAnswers(options.valkeyPort, secrets.valkey),
        'SIGTERM',
      ),
    };
    await Promise.all([
      parts.asterisk.start(),
      parts.valkey.start(),
      parts.postgres.start().then(() => ensureDatabase(postgres)),
    ]);

    return {
      rootFolder,
      sip: { ...options.sip, wsUrl: `ws://127.0.0.1:${options.ari.port}/ws` },
      ari: {
        url: `http://127.0.0.1:${options.ari.port}/ari`,
        user: 'hotline',
        password: secrets.ari,
        passwordFile: files.ari,
        witness: { user: 'witness', password: secrets.witness },
      },
      postgres: {
        url: databaseUrl('hotline', secrets.postgres, options.postgresPort),
        urlFile: files.databaseUrl,
        ownerUrl: databaseUrl('postgres', secrets.postgresOwner, options.postgresPort),
      },
      valkey: { url: valkeyUrl(secrets.valkey, options.valkeyPort), urlFile: files.valkeyUrl },
      rtp: options.rtp,
      folders: { state, logs, recordings: join(state, 'asterisk/spool/recording') },
      cdrFile: join(state, 'asterisk/log/cdr-custom/calls.csv'),
      securityLog: join(state, 'asterisk/log/security.log'),
      pid: (part) => parts[part].pid,
      kill: (part, signal) => parts[part].kill(signal),
      restart: (part) => parts[part].restart(),
      console: (command) => asteriskConsole(asterisk, command),
      stop: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

async function requirePorts(options: StackOptions): Promise<void> {
  await requireFree('udp', options.sip.host, options.sip.port, 'SIP');
  await requireFree('tcp', '127.0.0.1', options.ari.port, 'ARI');
  await requireFree('tcp', '127.0.0.1', options.postgresPort, 'PostgreSQL');
  await requireFree('tcp', '127.0.0.1', options.valkeyPort, 'Valkey');
}
