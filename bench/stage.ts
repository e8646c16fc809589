// Where the bench plays: one fresh stack, its own site with many seats on one generator port, and the floors beside the
// product on the same Asterisk. It must not change how the product is set up.
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../lab/ports.ts';
import { startStack } from '../lab/stack.ts';
import type { Stack } from '../lab/stack.ts';
import { Seats } from './generator/seats.ts';
import { benchSite } from './site.ts';

export type Stage = {
  readonly stack: Stack;
  readonly folder: string;
  readonly siteFile: string;
  readonly httpPort: number;
  /** The phones of all seats, up for the whole run. */
  readonly seats: Seats;
  readonly asteriskPid: number;
  close(): Promise<void>;
};

/** The floors' callers come from an address that is no trunk of the product's. */
export const floorCaller = '127.0.0.5';
export const floorNumbers = { dial: '901', queue: '902', loop: '903' } as const;
/** Enough that 100 calls/s with half a second of talk and a fifth of wrap-up never wait for a seat. */
export const usualSeats = 160;

/** `productSeats`: how many seats the product's site has. */
export async function openStage(report: (line: string) => void, productSeats = usualSeats): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'hotline-bench-'));
  const seats = new Seats({ host: '127.0.0.1', port: 0 });
  await seats.open();
  const siteFile = join(folder, 'site.json');
  await writeFile(siteFile, JSON.stringify(benchSite(seats.port, productSeats)));
  // Two ports a leg: the few hundred of a test's stack would end at 100 calls, with 488.
  const ports = { ...(await freePorts()), rtp: { from: 40_000, to: 47_999 } };
  const stack = await startStack({
    stateFolder: join(folder, 'state'),
    siteFile,
    ...ports,
    supervise: false,
    report,
  });
  const close = async (): Promise<void> => {
    await stack.stop();
    await seats.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await addFloors(stack, seats.port);
    const asteriskPid = stack.pid('asterisk');
    if (asteriskPid === undefined)
      throw new Error('Asterisk ended while the floors were added: see its log.');
    return { stack, folder, siteFile, httpPort: ports.httpPort, seats, asteriskPid, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function addFloors(stack: Stack, seatPort: number): Promise<void> {
  const etc = join(stack.folders.state, 'asterisk', 'etc');
  const names = Array.from({ length: usualSeats }, (_, n) => `bench-${5_001 + n}`);
  await appendFile(
    join(etc, 'extensions.conf'),
    [
      '',
      '[bench]',
      `exten => ${floorNumbers.dial},1,Dial(PJSIP/bench-5001)`,
      `exten => ${floorNumbers.queue},1,Queue(bench)`,
      `exten => ${floorNumbers.loop},1,Stasis(bench-loop,inbound)`,
      '',
    ].join('\n'),
  );
  await appendFile(
    join(etc, 'queues.conf'),
    [
      '',
      '[bench]',
      'strategy=leastrecent',
      'autofill=yes',
      'ringinuse=no',
      'timeout=12',
      'retry=1',
      ...names.map((name) => `member => PJSIP/${name}`),
      '',
    ].join('\n'),
  );
  await appendFile(
    join(etc, 'pjsip.conf'),
    [
      '',
      '[bench-trunk](trunk)',
      'context=bench',
      '',
      '[bench-trunk]',
      'type=identify',
      'endpoint=bench-trunk',
      `match=${floorCaller}`,
      '',
      '[bench-seat](!)',
      'type=endpoint',
      'transport=udp',
      'context=from-seat',
      'disallow=all',
      'allow=alaw,ulaw',
      'direct_media=no',
      '',
      ...names.flatMap((name) => [
        `[${name}](bench-seat)`,
        `aors=${name}`,
        `[${name}]`,
        'type=aor',
        `contact=sip:${name.slice(6)}@127.0.0.1:${seatPort}`,
        '',
      ]),
    ].join('\n'),
  );
  await stack.console('module load app_dial.so');
  for (const command of [
    'module reload res_pjsip.so',
    'module reload res_pjsip_endpoint_identifier_ip.so',
    'dialplan reload',
    'module reload app_queue.so',
  ]) {
    await stack.console(command);
  }
  for (let tries = 0; tries < 50; tries += 1) {
    const seen = await stack.console(`pjsip show endpoint ${names.at(-1) ?? ''}`);
    if (seen.includes('alaw')) return;
    await sleep(100);
  }
  throw new Error(
    'The floors’ endpoints did not appear in Asterisk: read state/logs/asterisk.log of the bench folder.',
  );
}
