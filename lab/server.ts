// Our server as one more part of the stack: started with the stack's addresses, waited for, hurt, stopped.
// It must not know what the server does beyond answering /readyz.
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

const root = new URL('..', import.meta.url).pathname;

export function serverProcess(options: ServerOptions): ServerProcess {
  const { stack, http } = options;
  const state = stack.folders.state;
  const url = `http://${http.host}:${http.port}`;
  const logFile = join(stack.folders.logs, 'server.log');
  const service = new Service({
    name: 'server',
    // Node 24 of the project runs this script, and so the server. It stops with grace when we die; calls stay with Asterisk.
    command: ['setpriv', '--pdeathsig', 'TERM', process.execPath, join(root, 'server/main.ts')],
    folder: root,
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
      HOTLINE_SECURITY_LOG: stack.securityLog,
      HOTLINE_MEDIA_PORTS: String(stack.rtp.to - stack.rtp.from + 1),
      HOTLINE_RECORDINGS: stack.folders.recordings,
      HOTLINE_LOG: options.log ?? process.env['HOTLINE_LOG'] ?? 'info',
      ...options.environment,
    },
    log: logFile,
    isReady: async () => (await fetch(`${url}/readyz`)).ok,
    readySeconds: 60,
    stopSignal: 'SIGTERM',
    stopSeconds: 10,
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
