// A whole city on loopback for tests, demo and bench: the stack, our server, people at desks with real phones.
// It must not assert; it only makes things happen and says what is there.
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Desk } from './desk.ts';
import type { Json } from './desk.ts';
import { udpPort } from './phones/ports.ts';
import { Softphone } from './phones/softphone.ts';
import { Witness } from './phones/witness.ts';
import { freePorts } from './ports.ts';
import { serverProcess } from './server.ts';
import type { ServerProcess } from './server.ts';
import { startStack } from './stack.ts';
import type { Stack } from './stack.ts';

/** As much of a site as tests change. */
export type SiteData = {
  timers: Record<string, number>;
  silentCall: Record<string, unknown>;
  trunks: { id: string; address: string }[];
  lines: { id: string; name: string; route: Record<string, unknown> }[];
  seatGroups: Record<string, unknown>[];
  mediaWatch?: boolean;
  platforms: Record<string, unknown>[];
};
export type CityOptions = {
  /** Changes to the sample site; its outgoing trunks already have ports of their own, so that cities do not meet. */
  readonly change?: (site: SiteData) => void;
  /** Waiting callers are told their place, and callers are asked how it was, as the site has it. Most stories begin and end with seats. */
  readonly spoken?: boolean;
  readonly supervise?: boolean;
  readonly log?: string;
  /** More of the server's environment; `folder`: the city's own. */
  readonly environment?: (folder: string) => Promise<Readonly<Record<string, string>>>;
  /** Kept after `stop`, for looking into. */
  readonly keep?: boolean;
  /** Its own folder, kept: a city started there again has what it had. */
  readonly folder?: string;
};
export type Fact = {
  sequence: number;
  type: string;
  time: string;
  actor: string;
  call: string | null;
  data: Json;
};

/** A seat with its person, and the phone in front of it. */
export type Staffed = { readonly desk: Desk; readonly phone: Softphone };

export class City {
  readonly stack: Stack;
  readonly server: ServerProcess;
  readonly witness: Witness;
  readonly site: SiteData;
  private readonly desks = new Map<string, Desk>();
  private readonly phones: Softphone[] = [];
  private citizens: Softphone[] = [];
  private readonly folder: string;
  private readonly keep: boolean;

  private constructor(parts: {
    site: SiteData;
    stack: Stack;
    server: ServerProcess;
    witness: Witness;
    folder: string;
    keep: boolean;
  }) {
    this.stack = parts.stack;
    this.site = parts.site;
    this.server = parts.server;
    this.witness = parts.witness;
    this.folder = parts.folder;
    this.keep = parts.keep;
  }

  /** Starts everything on free ports; `prepare` may change the site file copied into the folder. */
  static async start(options: CityOptions = {}): Promise<City> {
    const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'hotline-')));
    const { httpPort, ...ports } = await freePorts();
    const siteFile = join(folder, 'site');
    const site = await ownSite(siteFile, options);
    const environment = await options.environment?.(folder);
    const stack = await startStack({
      ...ports,
      stateFolder: folder,
      siteFile,
      supervise: options.supervise ?? false,
    });
    try {
      const server = serverProcess({
        stack,
        http: { host: '127.0.0.1', port: httpPort },
        siteFile,
        supervise: false,
        ...(options.log === undefined ? {} : { log: options.log }),
        ...(environment === undefined ? {} : { environment }),
      });
      await server.start();
      const witness = await Witness.connect({ url: stack.ari.url, ...stack.ari.witness });
      return new City({
        stack,
        server,
        witness,
        folder,
        site,
        keep: options.keep ?? options.folder !== undefined,
      });
    } catch (error) {
      await stack.stop();
      throw error;
    }
  }

  async desk(user: string): Promise<Desk> {
    const known = this.desks.get(user);
    if (known) return known;
    const desk = await Desk.open(this.server.url, this.server.accountsFile, user);
    this.desks.set(user, desk);
    return desk;
  }

  /** Signs a seat in, registers a real phone with the minted secret, and makes it ready. */
  async staff(
    seat: string,
    how: { readonly autoAnswer?: boolean; readonly ready?: boolean } = {},
  ): Promise<Staffed> {
    const desk = await this.desk(seat);
    const sip = await desk.signIn();
    const phone = await Softphone.start({
      root: this.stack.rootFolder,
      server: this.sip,
      user: sip.username,
      password: sip.password,
      autoAnswer: how.autoAnswer ?? true,
    });
    this.phones.push(phone);
    if (how.ready ?? true) {
      await desk.ready();
      await this.until(
        `seat ${seat} registered`,
        async () => (await this.seat(seat))['phone'] === 'registered',
      );
    }
    return { desk, phone };
  }

  /** A citizen's phone on the public network. */
  async citizen(number = '13800000001'): Promise<Softphone> {
    const phone = await Softphone.start({
      root: this.stack.rootFolder,
      server: this.sip,
      user: number,
      host: '127.0.0.2',
    });
    this.citizens.push(phone);
    return phone;
  }

  /** The site's own folder, for tests that change its files. */
  get siteFolder(): string {
    return join(this.folder, 'site');
  }
  get sip(): string {
    return `${this.stack.sip.host}:${this.stack.sip.port}`;
  }

  async seat(id: string): Promise<Json> {
    const sup = await this.desk(`sup-${id.startsWith('3') ? '110' : '12345'}`);
    return (await sup.get(`/seats/${id}`)).body;
  }
  /** Live calls as the supervisor of a platform sees them. */
  async live(platform = '12345'): Promise<readonly Json[]> {
    const sup = await this.desk(`sup-${platform}`);
    return ((await sup.get('/calls?live=true')).body['items'] ?? []) as readonly Json[];
  }
  async timeline(call: string, platform = '12345'): Promise<readonly Fact[]> {
    const sup = await this.desk(`sup-${platform}`);
    return ((await sup.get(`/calls/${call}/timeline`)).body['items'] ?? []) as readonly Fact[];
  }

  /** Waits for something to become true; throws with its name after the time. Answers the ms it took. */
  async until(what: string, test: () => Promise<boolean> | boolean, withinMs = 8000): Promise<number> {
    const began = performance.now();
    for (;;) {
      if (await test()) return performance.now() - began;
      if (performance.now() - began > withinMs) throw new Error(`Not within ${withinMs} ms: ${what}`);
      await sleep(25);
    }
  }

  /** Citizens go home and their phones with them, and every other phone is out of its call, whatever a story left. */
  async sendHome(): Promise<void> {
    const [home, busy] = [this.citizens, this.phones.filter(({ state }) => state !== 'idle')];
    this.citizens = [];
    await Promise.all([
      ...home.map((phone) => phone.stop()),
      ...busy.map((phone) => phone.hangup().catch(() => undefined)),
    ]);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.phones, ...this.citizens].map((phone) => phone.stop({ kill: true })));
    await this.server.stop();
    await this.stack.stop();
    if (!this.keep) await rm(this.folder, { recursive: true, force: true });
  }
}

/** The sample site with trunk ports nobody else on this machine listens at. */
async function ownSite(folder: string, { change, spoken = false }: CityOptions): Promise<SiteData> {
  const site = JSON.parse(
    await readFile(new URL('../site/qinzhou/site.json', import.meta.url), 'utf8'),
  ) as SiteData;
  for (const trunk of site.trunks) {
    const [host = '', port] = trunk.address.split(':');
    if (port === undefined) continue;
    const free = await udpPort(host);
    await free.release();
    trunk.address = `${host}:${free.port}`;
  }
  if (!spoken)
    for (const platform of site.platforms) {
      delete platform['waiting'];
      delete platform['satisfaction'];
    }
  change?.(site);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'site.json'), JSON.stringify(site));
  for (const name of ['catalogue.json', 'regions.json', 'units.json', 'ticket-rules.json', 'prompts.json'])
    await copyFile(new URL(`../site/qinzhou/${name}`, import.meta.url), join(folder, name));
  return site;
}
