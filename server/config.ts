// Environment → one frozen Config, checked once at start. It must not be read anywhere but in main.ts and wire.ts,
// and no secret of it may ever be logged.
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const hostPort = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((text, context) => {
      const match = /^(?<host>[^:]+):(?<port>\d{1,5})$/.exec(text);
      if (!match?.groups || Number(match.groups['port']) > 65_535) {
        context.addIssue({ code: 'custom', message: 'must be host:port' });
        return z.NEVER;
      }
      return { host: match.groups['host'] ?? '', port: Number(match.groups['port']) };
    });

const Environment = z.object({
  HOTLINE_HTTP: hostPort('127.0.0.1:8080'),
  HOTLINE_SIP: hostPort('127.0.0.1:5060'),
  HOTLINE_ARI_URL: z.url().default('http://127.0.0.1:8188'),
  HOTLINE_ARI_USER: z.string().min(1).default('hotline'),
  HOTLINE_ARI_PASSWORD: z.string().min(1),
  HOTLINE_DATABASE_URL: z.string().min(1),
  HOTLINE_VALKEY_URL: z.string().min(1),
  HOTLINE_SITE: z.string().default('site/qinzhou'),
  HOTLINE_STATE: z.string().default('.lab'),
  /** Asterisk's own call records (cdr_custom), for calls handled while no engine lived. */
  HOTLINE_CDR_FILE: z.string().optional(),
  /** Asterisk's log of security events; without it nobody is told of addresses that guess at secrets (A4). */
  HOTLINE_SECURITY_LOG: z.string().optional(),
  /** How many ports rtp.conf gives Asterisk for sound; each leg takes two (F24). */
  HOTLINE_MEDIA_PORTS: z.coerce.number().int().positive().optional(),
  /** Other platforms' systems and their secrets (mode 600); see docs/EXCHANGE.md. Absent: none. */
  HOTLINE_PARTNERS: z.string().optional(),
  /** Where Asterisk writes recordings; without it they are made all the same, but neither checked nor served nor deleted. */
  HOTLINE_RECORDINGS: z.string().optional(),
  HOTLINE_LOG: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
});
export type Config = Readonly<z.infer<typeof Environment>>;

/** Every NAME may be given as NAME_FILE instead: a file that holds the value. Throws with the variables at fault named. */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || !name.startsWith('HOTLINE_')) continue;
    if (name.endsWith('_FILE') && name !== 'HOTLINE_CDR_FILE')
      given[name.slice(0, -5)] = readFileSync(value, 'utf8').trim();
    else given[name] ??= value;
  }
  const read = Environment.safeParse(given);
  if (read.success) return Object.freeze(read.data);
  const faults = read.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new Error(
    `The environment is not complete. \`npm run up\` sets everything for a lab; see README.md.\n${faults.join('\n')}`,
  );
}
