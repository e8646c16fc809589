// The console's words against what the server can say to it: every act of the audit and everything an act was given has a name in
// both languages. It must not judge the wording.
import { globSync, readFileSync } from 'node:fs';
import { test } from 'tap';
import { messages } from '../../console/src/i18n/messages.ts';
import { openDesk } from '../doubles/api.ts';

const root = new URL('../..', import.meta.url).pathname;
const read = (file: string): string => readFileSync(`${root}/${file}`, 'utf8');
const all = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(({ groups }) => groups?.['name'] ?? '');

/** The acts that are named in full, and those named by a table of routes. */
function acts(): readonly string[] {
  const sources = globSync('server/api/**/*.ts', { cwd: root }).map(read).join('\n');
  const tables: readonly (readonly [family: string, file: string, name: RegExp])[] = [
    ['call', 'call-commands', /\[\s*'(?:POST|PUT|DELETE)',\s*'[^']*',\s*'(?<name>[a-z-]+)',\s*[A-Z]/gu],
    ['ticket', 'ticket-commands', /\[\s*'(?:POST|PATCH)',\s*'[^']*',\s*'(?<name>[a-z-]+)',\s*[A-Z]/gu],
    ['knowledge', 'knowledge', /note\([^,]+,\s*'(?<name>[a-z-]+)'/gu],
    ['nuisance', 'nuisance', /name: '(?<name>[a-z-]+)'/gu],
    ['overflow', 'overflow', /name: '(?<name>[a-z-]+)'/gu],
  ];
  return [
    ...all(sources, /action: '(?<name>[a-z-]+\.[a-z-]+)'/gu),
    ...all(read('server/protocol/commands.ts').split('SeatCommand =')[1] ?? '', /'(?<name>[a-z-]+)'/gu).map(
      (name) => `seat.${name}`,
    ),
    ...tables.flatMap(([family, file, name]) => {
      const found = all(read(`server/api/routes/${file}.ts`), name);
      if (found.length === 0) throw new Error(`No act of ${family} was found in routes/${file}.ts.`);
      return found.map((each) => `${family}.${each}`);
    }),
  ];
}

test('R28 every act that the audit writes has its words in Chinese and English', (t) => {
  const written = [...new Set(acts())];
  t.ok(written.length >= 70, `${written.length} acts were found`);
  for (const [language, { audit }] of Object.entries(messages)) {
    const known = new Set<string>(Object.keys(audit.acts));
    t.same(
      written.filter((act) => !known.has(act.replaceAll('.', '_'))),
      [],
      `none is shown as a code in ${language}`,
    );
  }
  t.end();
});

type Schema = { readonly $ref?: string; readonly properties?: object; readonly anyOf?: readonly Schema[] };
interface Route {
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Schema }> };
}
interface Description {
  readonly paths: Record<string, Record<string, Route>>;
  readonly components: { readonly schemas: Record<string, Schema> };
}
/** What is sent there is not kept in the audit, or is a page's place. */
const unwritten = /^\/v1\/(?:session|exchange|catalogue|knowledge|calls\/search|tickets\/(?:search|batch))/u;
/** For machines, and left out of the screen. */
const forMachines = new Set(['id', 'version', 'until']);

test('R28 everything that an act was given has its name in Chinese and English', async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  const { paths, components } = (await desk.app.inject('/openapi.json')).json<Description>();
  const whole = (schema: Schema): Schema =>
    schema.$ref === undefined ? schema : whole(components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
  const given = new Set(
    Object.entries(paths).flatMap(([path, methods]) =>
      unwritten.test(path)
        ? []
        : Object.values(methods).flatMap(({ requestBody }) => {
            const schema = whole(requestBody?.content['application/json']?.schema ?? {});
            return [schema, ...(schema.anyOf ?? []).map(whole)].flatMap(({ properties }) =>
              Object.keys(properties ?? {}),
            );
          }),
    ),
  );
  t.ok(given.size >= 50, `${given.size} names were found`);
  for (const [language, { audit }] of Object.entries(messages)) {
    const known = new Set<string>([...forMachines, ...Object.keys(audit.keys)]);
    t.same(
      [...given].filter((key) => !known.has(key)),
      [],
      `none is shown as a code in ${language}`,
    );
  }
});
