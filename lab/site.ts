// The part of a site's data that Asterisk's files are made from, read narrowly: what is written into a configuration
// file must be plain words and numbers. It must not know queues' rules or lines: server/ reads those from the same file.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LabFailure } from './failure.ts';

export type Platform = { id: string; numbers: readonly string[]; answerWaiting: 'music' | 'ringing' };
export type SeatGroup = {
  id: string;
  platform: string;
  from: number;
  to: number;
  remote: boolean;
  /** Its seats are lines of a trunk, not phones. */
  overTrunk: boolean;
};
export type Trunk = { id: string; direction: 'in' | 'out' | 'both'; host: string; port: number };
export type Site = {
  platforms: readonly Platform[];
  seatGroups: readonly SeatGroup[];
  trunks: readonly Trunk[];
  deadManSeconds: number;
};

/** A site is a folder with site.json in it; the file itself will do. */
export async function siteFile(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) return siteFile(join(path, 'site.json'));
  if (found?.isFile() === true) return path;
  throw new LabFailure(
    `There is no site at ${path}.`,
    'Set HOTLINE_SITE to a folder with a site.json, such as site/qinzhou.',
  );
}

export async function readSite(path: string): Promise<Site> {
  const file = await siteFile(path);
  try {
    const site = asRecord(JSON.parse(await readFile(file, 'utf8')), 'the site');
    return {
      platforms: list(site, 'platforms').map(platform),
      seatGroups: list(site, 'seatGroups').map(seatGroup),
      trunks: list(site, 'trunks').map(trunk),
      deadManSeconds: integer(
        { deadManSeconds: 20, ...asRecord(site['timers'] ?? {}, 'timers') },
        'deadManSeconds',
        5,
        600,
      ),
    };
  } catch (error) {
    if (error instanceof LabFailure) throw error;
    throw new LabFailure(
      `${file} is not a site: ${String(error)}`,
      'Correct the file; site/qinzhou/site.json shows the shape.',
      error,
    );
  }
}

type Fields = Readonly<Record<string, unknown>>;

function platform(fields: Fields): Platform {
  const waiting = fields['answerWaiting'];
  if (waiting !== 'music' && waiting !== 'ringing')
    throw new TypeError('answerWaiting must be "music" or "ringing"');
  return {
    id: word(fields, 'id'),
    numbers: strings(fields, 'numbers', /^[0-9]{2,20}$/u),
    answerWaiting: waiting,
  };
}

function seatGroup(fields: Fields): SeatGroup {
  const from = integer(fields, 'from', 1, 99_999_999);
  const to = integer(fields, 'to', from, from + 9_999);
  return {
    id: word(fields, 'id'),
    platform: word(fields, 'platform'),
    from,
    to,
    remote: fields['remote'] === true,
    overTrunk: fields['over'] !== undefined,
  };
}

function trunk(fields: Fields): Trunk {
  const { direction } = fields;
  if (direction !== 'in' && direction !== 'out' && direction !== 'both') {
    throw new TypeError('direction must be "in", "out" or "both"');
  }
  const [host = '', port = '5060'] = text(
    fields,
    'address',
    /^[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]{1,5})?$/u,
  ).split(':');
  return { id: word(fields, 'id'), direction, host, port: Number(port) };
}

function asRecord(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError(`${name} must be an object`);
  return value as Fields;
}

function list(fields: Fields, name: string): Fields[] {
  const value = fields[name];
  if (!Array.isArray(value)) throw new TypeError(`${name} must be a list`);
  return value.map((item: unknown) => asRecord(item, name));
}

function text(fields: Fields, name: string, shape: RegExp): string {
  const value = fields[name];
  if (typeof value !== 'string' || !shape.test(value))
    throw new TypeError(`${name} must match ${shape.source}`);
  return value;
}

function word(fields: Fields, name: string): string {
  return text(fields, name, /^[a-z0-9-]{1,40}$/u);
}

function strings(fields: Fields, name: string, shape: RegExp): string[] {
  const value = fields[name];
  if (!Array.isArray(value)) throw new TypeError(`${name} must be a list`);
  return value.map((item: unknown) => text({ [name]: item }, name, shape));
}

function integer(fields: Fields, name: string, least: number, most: number): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most) {
    throw new TypeError(`${name} must be a whole number from ${least} to ${most}`);
  }
  return value;
}
