// Fills the templates of asterisk-config/ and dialplan/ with one stack's values. Pure: text in, text out; stack parts
// write the result. It must not invent values or let a placeholder through unfilled.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Site, Trunk } from './site.ts';

export type AsteriskValues = {
  site: Site;
  sip: { host: string; port: number };
  ariPort: number;
  rtp: { from: number; to: number };
  /** Of our server, in clear. */
  ariPassword: string;
  /** crypt(3). */
  witnessHash: string;
  modulesFolder: string;
  /** This machine's own addresses that browsers should see as 127.0.0.1; empty leaves the candidates alone. */
  loopbackFor: readonly string[];
};

/** Asterisk prints errors when these do not exist; nothing has to be in them. */
const emptyFiles = [
  'acl.conf',
  'ccss.conf',
  'codecs.conf',
  'dnsmgr.conf',
  'extconfig.conf',
  'features.conf',
  'queuerules.conf',
  'udptl.conf',
  'websocket_client.conf',
] as const;

/** CL2: silence is two seconds without anything to hear. */
const aloneSeconds = 2;

const root = new URL('..', import.meta.url).pathname;

/** File name → text, everything /etc/asterisk needs. */
export async function asteriskFiles(values: AsteriskValues): Promise<Map<string, string>> {
  const folder = join(root, 'asterisk-config');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.conf'));
  const templates: [string, string][] = await Promise.all([
    ...names.map(async (name): Promise<[string, string]> => [
      name,
      await readFile(join(folder, name), 'utf8'),
    ]),
    readFile(join(root, 'dialplan', 'extensions.conf'), 'utf8').then((text): [string, string] => [
      'extensions.conf',
      text,
    ]),
  ]);
  const filling = placeholders(values);
  return new Map([
    ...emptyFiles.map((name): [string, string] => [name, '; nothing\n']),
    ...templates.map(([name, text]): [string, string] => [name, fill(name, text, filling)]),
  ]);
}

function fill(name: string, template: string, filling: ReadonlyMap<string, string>): string {
  return template.replaceAll(/\{\{([A-Z_]+)\}\}/gu, (_whole, placeholder: string) => {
    const value = filling.get(placeholder);
    if (value === undefined) throw new Error(`${name} asks for {{${placeholder}}}, which nobody fills`);
    return value;
  });
}

function placeholders(values: AsteriskValues): Map<string, string> {
  const { site } = values;
  return new Map([
    ['SIP_HOST', values.sip.host],
    ['SIP_PORT', String(values.sip.port)],
    ['ARI_PORT', String(values.ariPort)],
    ['RTP_FROM', String(values.rtp.from)],
    ['RTP_TO', String(values.rtp.to)],
    ['ARI_PASSWORD', values.ariPassword],
    ['WITNESS_PASSWORD_HASH', values.witnessHash],
    ['MODULES_FOLDER', values.modulesFolder],
    ['DEAD_MAN_SECONDS', String(site.deadManSeconds)],
    ['ALONE_SECONDS', String(aloneSeconds)],
    ['ICE_CANDIDATES', iceCandidates(values.loopbackFor)],
    ['TRUNKS', site.trunks.map(trunkSections).join('\n')],
    ['QUEUES', survivalQueues(site)],
    ['PUBLIC_NUMBERS', publicNumbers(site)],
  ]);
}

function trunkSections(trunk: Trunk): string {
  const name = `trunk-${trunk.id}`;
  const calledByUs = trunk.direction !== 'in';
  const callsUs = trunk.direction !== 'out';
  const lines = [`[${name}](trunk)`, `context=${callsUs ? 'from-public' : 'from-trunk'}`];
  // A carrier vouches for the number in P-Asserted-Identity; From is what the caller's own exchange wrote.
  if (callsUs) lines.push('trust_id_inbound=yes');
  if (calledByUs)
    lines.push(`aors=${name}`, '', `[${name}](trunk-aor)`, `contact=sip:${trunk.host}:${trunk.port}`);
  // Who is only called by us is not known when it calls: no identify, so its requests are challenged and refused.
  if (callsUs) lines.push('', `[${name}]`, 'type=identify', `endpoint=${name}`, `match=${trunk.host}`);
  return `${lines.join('\n')}\n`;
}

function survivalQueues(site: Site): string {
  return site.platforms
    .map((platform) => {
      const members = site.seatGroups
        .filter((group) => group.platform === platform.id && !group.overTrunk)
        .flatMap((group) =>
          Array.from({ length: group.to - group.from + 1 }, (_, index) => {
            // Seats of elsewhere ring only when no seat of this house can.
            return `member => PJSIP/${group.from + index},${group.remote ? 10 : 0}`;
          }),
        );
      return [`[survival-${platform.id}](survival)`, ...members, ''].join('\n');
    })
    .join('\n');
}

function publicNumbers(site: Site): string {
  return site.platforms
    .flatMap((platform) =>
      platform.numbers.map((number) =>
        [
          `exten => ${number},1,Set(HOTLINE_PLATFORM=${platform.id})`,
          ` same => n,Set(HOTLINE_DIALLED=${number})`,
          ` same => n,Set(HOTLINE_QUEUE_OPTIONS=${platform.answerWaiting === 'ringing' ? 'r' : ''})`,
          ` same => n,Goto(arrive,${number},1)`,
        ].join('\n'),
      ),
    )
    .join('\n');
}

/** Asterisk never offers 127.0.0.1 of itself. The permit list is checked on the mapped address, per family. */
function iceCandidates(addresses: readonly string[]): string {
  if (addresses.length === 0) return '';
  return [
    'ice_deny=0.0.0.0/0.0.0.0',
    'ice_deny=::/0',
    'ice_permit=127.0.0.1/255.255.255.255',
    '',
    '[ice_host_candidates]',
    ...addresses.map((address) => `${address} => 127.0.0.1`),
  ].join('\n');
}
