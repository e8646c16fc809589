// Finds the Debian mirror this machine's own apt uses, so that no host name is written down in this project.
// It must not contact the network or invent a mirror: a machine without one gets an error that says so.
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LabFailure } from './failure.ts';

const run = promisify(execFile);

type Source = { uri: string; suites: readonly string[]; components: readonly string[] };

/** Classic one-line format: `deb [options] uri suite component…`. */
export function parseList(text: string): Source[] {
  return text.split('\n').flatMap((line): Source[] => {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/u.exec(line);
    if (match === null) return [];
    const [, uri = '', suite = '', components = ''] = match;
    return [{ uri, suites: [suite], components: components.split(/\s+/u).filter(Boolean) }];
  });
}

/** deb822 format: stanzas of `Field: value`, continued by indented lines; `#` lines are comments even inside a field. */
export function parseDeb822(text: string): Source[] {
  return text.split(/\n\s*\n/u).flatMap((stanza): Source[] => {
    const fields = new Map<string, string>();
    let field = '';
    for (const line of stanza.split('\n')) {
      if (line.startsWith('#')) continue;
      const match = /^([A-Za-z-]+):(.*)$/u.exec(line);
      if (match !== null) field = (match[1] ?? '').toLowerCase();
      fields.set(field, `${fields.get(field) ?? ''} ${match?.[2] ?? line}`);
    }
    const words = (name: string): string[] => (fields.get(name) ?? '').split(/\s+/u).filter(Boolean);
    if (!words('types').includes('deb') || words('enabled')[0] === 'no') return [];
    return words('uris').map((uri) => ({ uri, suites: words('suites'), components: words('components') }));
  });
}

/** Security, backports and third-party archives have no whole distribution in them. */
function servesMainArchive(source: Source): boolean {
  return (
    /^(?:https?|file):/u.test(source.uri) &&
    /\/debian\/?$/u.test(source.uri) &&
    source.components.includes('main') &&
    source.suites.some((suite) => !/-(?:security|backports|updates|proposed)/u.test(suite))
  );
}

async function configuredSources(folder: string): Promise<Source[]> {
  const parts = await readdir(join(folder, 'sources.list.d')).catch(() => []);
  const files = ['sources.list', ...parts.toSorted().map((name) => join('sources.list.d', name))];
  const parsed = await Promise.all(
    files.map(async (name) => {
      const text = await readFile(join(folder, name), 'utf8').catch(() => '');
      if (name.endsWith('.sources')) return parseDeb822(text);
      return name.endsWith('.list') ? parseList(text) : [];
    }),
  );
  return parsed.flat();
}

export async function findMirror(folder = '/etc/apt'): Promise<string> {
  const source = (await configuredSources(folder)).find(servesMainArchive);
  if (source === undefined) {
    throw new LabFailure(
      `No Debian mirror found in ${folder}/sources.list or ${folder}/sources.list.d.`,
      'Add a "deb <mirror>/debian <suite> main" line there, or use "docker compose up" instead of "npm run up".',
    );
  }
  return source.uri.replace(/\/$/u, '');
}

/** What the machine's apt needs to reach its mirror (proxies, a lenient clock check), in apt's own syntax. */
export async function inheritedAptSettings(): Promise<string> {
  const { stdout } = await run('apt-config', ['dump']);
  return stdout
    .split('\n')
    .filter((line) => /^Acquire::(?:Check-Valid-Until|https?::(?:Proxy|Timeout))\S* "[^"]+";$/u.test(line))
    .join('\n');
}

export function proxyOf(aptSettings: string): string | undefined {
  return /^Acquire::http::Proxy "([^"]+)";$/mu.exec(aptSettings)?.[1];
}
