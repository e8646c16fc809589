// Our own server as one more part beside the stack: a child process that is started again when it dies.
// It must not give the server any secret except as the name of a file.
import { join } from 'node:path';
import { Service } from './service.ts';
import type { Settings } from './settings.ts';
import type { Stack } from './stack.ts';

const root = new URL('..', import.meta.url).pathname;

export function serverProcess(settings: Settings, stack: Stack, report: (line: string) => void): Service {
  const url = `http://${settings.http.host}:${settings.http.port}`;
  return new Service({
    name: 'server',
    // The server stops with grace when this process dies; calls stay with Asterisk.
    command: ['setpriv', '--pdeathsig', 'TERM', process.execPath, join(root, 'server/main.ts')],
    environment: { ...inherited(), ...serverEnvironment(settings, stack) },
    folder: root,
    log: join(stack.folders.logs, 'server.log'),
    isReady: () => answers(`${url}/readyz`),
    readySeconds: 60,
    stopSignal: 'SIGTERM',
    stopSeconds: 10,
    supervise: true,
    report,
  });
}

/** Also what a test or a bench passes when it runs the server by itself. */
export function serverEnvironment(
  settings: Pick<Settings, 'http' | 'site'>,
  stack: Stack,
): Record<string, string> {
  return {
    HOTLINE_HTTP: `${settings.http.host}:${settings.http.port}`,
    HOTLINE_SIP: `${stack.sip.host}:${stack.sip.port}`,
    HOTLINE_ARI_URL: stack.ari.url,
    HOTLINE_ARI_USER: stack.ari.user,
    HOTLINE_ARI_PASSWORD_FILE: stack.ari.passwordFile,
    HOTLINE_DATABASE_URL_FILE: stack.postgres.urlFile,
    HOTLINE_VALKEY_URL_FILE: stack.valkey.urlFile,
    HOTLINE_SITE: settings.site,
    HOTLINE_STATE: stack.folders.state,
    HOTLINE_CDR_FILE: stack.cdrFile,
  };
}

/** Variables that configure the stack are replaced, not inherited: a stale one would win over a file. */
function inherited(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (!entry[0].startsWith('HOTLINE_') || entry[0] === 'HOTLINE_LOG'),
  );
  return Object.fromEntries(kept);
}

async function answers(url: string): Promise<boolean> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(1000) });
  await answer.arrayBuffer();
  return answer.ok;
}
