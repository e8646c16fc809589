// `npm run up`: the whole system on one machine, for people. It starts the stack and the server, says where they are and
// keeps them alive until Ctrl-C. It must not hold logic of its own: tests and the bench use stack.ts directly.
import { readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { buildConsole } from './console-build.ts';
import { explain } from './failure.ts';
import { claimPort, requireFree, reservePort } from './ports.ts';
import { serverProcess } from './server.ts';
import type { ServerProcess } from './server.ts';
import { readSettings, usage, type Settings } from './settings.ts';
import { startStack, type Stack } from './stack.ts';

const say = (line: string): void => console.log(line);

const running: { server?: ServerProcess; stack?: Stack } = {};
let stopping = false;

async function stop(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  await running.server?.stop();
  await running.stack?.stop();
  process.exit(code);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // A second Ctrl-C does not wait: the kernel ends the parts with us.
    if (stopping) process.exit(1);
    say('\nStopping.');
    void stop(0);
  });
}

async function internalPort(given: number | undefined, usual: number): Promise<number> {
  if (given !== undefined) return given;
  return (await claimPort(usual)) ? usual : reservePort();
}

async function start(settings: Settings): Promise<void> {
  await requireFree('tcp', settings.http.host, settings.http.port, 'HTTP');
  const started = Date.now();
  // Beside the stack's own start, which mostly waits.
  const consoleBuilt = buildConsole(say);
  consoleBuilt.catch(() => undefined);
  const stack = await startStack({
    stateFolder: settings.stateFolder,
    cacheFolder: settings.cacheFolder,
    siteFile: settings.site,
    sip: settings.sip,
    ari: { port: await internalPort(settings.ariPort, 8088) },
    postgresPort: await internalPort(settings.postgresPort, 5433),
    valkeyPort: await internalPort(settings.valkeyPort, 6380),
    rtp: settings.rtp,
    supervise: true,
    report: say,
  });
  running.stack = stack;
  await consoleBuilt;
  const accounts = join(stack.folders.state, 'accounts.json');
  const firstStart = !(await isFile(accounts));
  const server = serverProcess({
    stack,
    http: settings.http,
    siteFile: settings.site,
    supervise: true,
    report: say,
  });
  running.server = server;
  await server.start();

  say(`\nHotline Link is up (${((Date.now() - started) / 1000).toFixed(1)} s).\n`);
  say(`  Console and API   http://${settings.http.host}:${settings.http.port}`);
  say(`  SIP (UDP)         ${settings.sip.host}:${settings.sip.port}`);
  say(`  ARI               ${stack.ari.url}  (loopback only)`);
  say(`  State             ${stack.folders.state}`);
  say(`  Logs              ${stack.folders.logs}`);
  say(`  Accounts          ${relative(process.cwd(), accounts)}  (readable by its owner alone)`);
  if (firstStart) say(`\n${await accountTable(accounts)}\nThese passwords are shown this once.`);
  say('\nCtrl-C stops everything.');
}

type Account = { user: string; password: string; role: string; platform?: string };

async function accountTable(file: string): Promise<string> {
  const accounts = JSON.parse(await readFile(file, 'utf8')) as Account[];
  const lines = accounts.map(
    ({ user, password, role, platform }) =>
      `  ${user.padEnd(16)} ${role.padEnd(14)} ${(platform ?? '').padEnd(8)} ${password}`,
  );
  return [`  ${'user'.padEnd(16)} ${'role'.padEnd(14)} ${'platform'.padEnd(8)} password`, ...lines].join(
    '\n',
  );
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

try {
  const settings = readSettings(process.argv.slice(2), process.env);
  if (settings === undefined) say(usage);
  else await start(settings);
} catch (error) {
  console.error(explain(error));
  await stop(1);
}
