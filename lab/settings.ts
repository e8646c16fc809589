// What `npm run up` can be told, by environment or by flags of the same names, and what holds when nothing is said.
// It must not look at the machine: whether a port is free is asked later.
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { LabFailure } from './failure.ts';
import { defaultCacheFolder } from './root-file-system.ts';

export type Address = { host: string; port: number };

export type Settings = {
  http: Address;
  sip: Address;
  stateFolder: string;
  cacheFolder: string;
  site: string;
  rtp: { from: number; to: number };
  /** Ports only the parts themselves use. Those not given are chosen when the stack starts. */
  ariPort: number | undefined;
  postgresPort: number | undefined;
  valkeyPort: number | undefined;
};

const root = new URL('..', import.meta.url).pathname;

export const usage = `npm run up -- [flags]

Starts Asterisk, PostgreSQL, Valkey and the server on this machine, on loopback, and keeps them running.
Needs root and a Debian machine. Ctrl-C stops everything. The first start takes about two minutes.

  flag        environment             default            meaning
  --http      HOTLINE_HTTP            127.0.0.1:8080     the console and the API
  --sip       HOTLINE_SIP             127.0.0.1:5060     where phones register and trunks call (UDP)
  --state     HOTLINE_STATE           .lab               everything this stack keeps: database, recordings, accounts
  --cache     HOTLINE_CACHE           ~/.cache/hotline-link   the Debian root file system, shared by all stacks
  --site      HOTLINE_SITE            site/qinzhou       the city: a folder with site.json
  --rtp       HOTLINE_RTP             10000-17999        media ports
  --ari       HOTLINE_ARI_PORT        8088               ARI, loopback only; another one is taken if it is busy
  --postgres  HOTLINE_POSTGRES_PORT   5433               PostgreSQL; the same
  --valkey    HOTLINE_VALKEY_PORT     6380               Valkey; the same
  --help                                                 this text

A second stack beside the first:
  npm run up -- --http 127.0.0.1:8081 --sip 127.0.0.1:5070 --state .lab2 --rtp 18000-19999
`;

const flags = {
  http: { type: 'string' },
  sip: { type: 'string' },
  state: { type: 'string' },
  cache: { type: 'string' },
  site: { type: 'string' },
  rtp: { type: 'string' },
  ari: { type: 'string' },
  postgres: { type: 'string' },
  valkey: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** Returns undefined when only help was asked for. */
export function readSettings(words: readonly string[], environment: NodeJS.ProcessEnv): Settings | undefined {
  const given = parse(words);
  if (given.help === true) return undefined;
  const value = (flag: string | undefined, name: string): string | undefined => flag ?? environment[name];
  return {
    http: address(value(given.http, 'HOTLINE_HTTP') ?? '127.0.0.1:8080', 'HOTLINE_HTTP'),
    sip: address(value(given.sip, 'HOTLINE_SIP') ?? '127.0.0.1:5060', 'HOTLINE_SIP'),
    stateFolder: resolve(value(given.state, 'HOTLINE_STATE') ?? join(root, '.lab')),
    cacheFolder: resolve(given.cache ?? defaultCacheFolder()),
    site: resolve(value(given.site, 'HOTLINE_SITE') ?? join(root, 'site/qinzhou')),
    rtp: range(value(given.rtp, 'HOTLINE_RTP') ?? '10000-17999'),
    ariPort: optionalPort(value(given.ari, 'HOTLINE_ARI_PORT'), 'HOTLINE_ARI_PORT'),
    postgresPort: optionalPort(value(given.postgres, 'HOTLINE_POSTGRES_PORT'), 'HOTLINE_POSTGRES_PORT'),
    valkeyPort: optionalPort(value(given.valkey, 'HOTLINE_VALKEY_PORT'), 'HOTLINE_VALKEY_PORT'),
  };
}

function parse(words: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof flags }>>['values'] {
  try {
    return parseArgs({ args: [...words], options: flags }).values;
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
}

function address(text: string, name: string): Address {
  const match = /^(\d{1,3}(?:\.\d{1,3}){3}):(\d{1,5})$/u.exec(text);
  if (match === null)
    throw wrong(`${name} must be an IPv4 address and a port such as 127.0.0.1:8080, not "${text}".`);
  const host = match[1] ?? '';
  // Everything of the lab stays on this machine.
  if (!host.startsWith('127.')) throw wrong(`${name} must be a loopback address (127.x.x.x), not "${host}".`);
  return { host, port: port(match[2] ?? '', name) };
}

function port(text: string, name: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 65_535)
    throw wrong(`${name}: "${text}" is not a port.`);
  return number;
}

function optionalPort(text: string | undefined, name: string): number | undefined {
  return text === undefined ? undefined : port(text, name);
}

function range(text: string): { from: number; to: number } {
  const match = /^(\d{1,5})-(\d{1,5})$/u.exec(text);
  const from = port(match?.[1] ?? '', 'HOTLINE_RTP');
  const to = port(match?.[2] ?? '', 'HOTLINE_RTP');
  // Two ports a leg, two legs a call.
  if (to - from < 99) throw wrong(`HOTLINE_RTP must span at least 100 ports, not ${text}.`);
  return { from, to };
}

function wrong(what: string): LabFailure {
  return new LabFailure(what, 'npm run up -- --help');
}
