// Our server as one more part of the stack: started with the stack's addresses, waited for, hurt, stopped.
// It must not know what the server does beyond answering /readyz.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Service } from './service.ts';
import type { Stack } from './stack.ts';

export type ServerOptions = {
  readonly stack: Stack;
  readonly http: { readonly host: string; readonly port: number };
  readonly siteFile: string;
  readonly supervise: boolean;
  readonly report?: (line: string) => void;
  readonly log?: string;
  readonly environment?: Readonly<Record<string, string>>;
};

export type ServerProcess = {
  readonly url: string;
  readonly accountsFile: string;
  readonly logFile: string;
  readonly pid: number | undefined;
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
};

/** Node 24 of the project, whatever ran this script. */
const node = process.execPath;

export async function serverProcess(options: ServerOptions): Promise<ServerProcess> {
  const { stack, http } = options;
  const state = join(stack.folders.state, 'server');
  await mkdir(state, { recursive: true, mode: 0o700 });
  const url = `http://${http.host}:${http.port}`;
  const logFile = join(stack.folders.logs, 'server.log');
  const service = new Service({
    name: 'server',
    command: [node, new URL('../server/main.ts', import.meta.url).pathname],
    environment: {
      ...(process.env['PATH'] === undefined ? {} : { PATH: process.env['PATH'] }),
      HOTLINE_HTTP: `${http.host}:${http.port}`,
      HOTLINE_SIP: `${stack.sip.host}:${stack.sip.port}`,
      HOTLINE_ARI_URL: stack.ari.url,
      HOTLINE_ARI_USER: stack.ari.user,
      HOTLINE_ARI_PASSWORD_FILE: stack.ari.passwordFile,
      HOTLINE_DATABASE_URL_FILE: stack.postgres.urlFile,
      HOTLINE_VALKEY_URL_FILE: stack.valkey.urlFile,
      HOTLINE_SITE: options.siteFile,
      HOTLINE_STATE: state,
      HOTLINE_CDR_FILE: stack.cdrFile,
      HOTLINE_LOG: options.log ?? 'info',
      ...options.environment,
    },
    log: logFile,
    isReady: async () => (await fetch(`${url}/readyz`)).ok,
    readySeconds: 30,
    stopSignal: 'SIGTERM',
    stopSeconds: 8,
    supervise: options.supervise,
    report: options.report ?? (() => undefined),
  });
  return {
    url,
    accountsFile: join(state, 'accounts.json'),
    logFile,
    get pid() {
      return service.pid;
    },
    start: () => service.start(),
    stop: () => service.stop(),
    kill: (signal) => service.kill(signal),
  };
}
