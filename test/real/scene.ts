// What the call stories share: one city, its people at their desks, a call begun, a call's traces checked afterwards.
// It must not assert what a rule says; each test does, with the rule's number in its title.
import type { Test } from 'tap';
import { City } from '../../lab/city.ts';
import type { CityOptions, Fact, Staffed } from '../../lab/city.ts';
import type { Json } from '../../lab/desk.ts';
import { Softphone } from '../../lab/phones/softphone.ts';

export type Talk = { readonly id: string; readonly caller: Softphone; readonly answeredAt: number };

/** Short times, so that a story of no answer takes seconds; ratios between them are the site's. */
export const quick: NonNullable<CityOptions['change']> = (site) => {
  Object.assign(site.timers, {
    offerSeconds: 4,
    coolDownSeconds: 1,
    transferSeatSeconds: 4,
    transferLineSeconds: 6,
    outcomeSeconds: 3,
  });
  for (const line of site.lines) if ('trunk' in line.route) line.route['acceptance'] = 'answer';
};

export class Scene {
  readonly city: City;
  private callers = 0;

  private constructor(city: City) {
    this.city = city;
  }
  static async start(options: CityOptions = {}): Promise<Scene> {
    return new Scene(await City.start({ change: quick, ...options }));
  }

  /** A citizen calls, the seat answers by itself, both hear each other. */
  async talk(platform: string, seat: Staffed): Promise<Talk> {
    this.callers += 1;
    const caller = await this.city.citizen(`1390000${String(1000 + this.callers)}`);
    await caller.dial(platform);
    await caller.reaches('talking', 8000);
    const answeredAt = Date.now();
    await caller.hears([seat.phone], 4000);
    await seat.phone.hears([caller], 4000);
    const call = (await this.city.live(platform)).find((each) => each['owner'] === seat.desk.user);
    if (!call) throw new Error(`No live call of ${platform} belongs to seat ${seat.desk.user}.`);
    return { id: String(call['id']), caller, answeredAt };
  }

  async view(id: string, platform = '12345'): Promise<Json> {
    const sup = await this.city.desk(`sup-${platform}`);
    return (await sup.get(`/calls/${id}`)).body;
  }
  async phase(id: string, wanted: string, withinMs = 4000): Promise<void> {
    let seen = '';
    await this.city
      .until(
        `phase ${wanted}`,
        async () => (seen = String((await this.view(id))['phase'])) === wanted,
        withinMs,
      )
      .catch((error: unknown) => {
        throw new Error(`${String(error)}; it is ${seen}`);
      });
  }
  async transferState(id: string): Promise<string> {
    return String(((await this.view(id))['transfer'] as Json | undefined)?.['state']);
  }
  async facts(id: string): Promise<readonly Fact[]> {
    return this.city.timeline(id);
  }
  async factTypes(id: string): Promise<readonly string[]> {
    return (await this.facts(id)).map((fact) => fact.type);
  }

  /** Someone at the foreign exchange's address; resolves when Asterisk has noticed that the trunk answers. */
  async foreignPhone(number: string, trunk = 'foreign'): Promise<Softphone> {
    const address = this.city.site.trunks.find((each) => each.id === trunk)?.address ?? '';
    const [host = '', port] = address.split(':');
    const { stack, sip } = this.city;
    const phone = await Softphone.start({
      root: stack.rootFolder,
      server: sip,
      user: number,
      host,
      sipPort: Number(port),
    });
    await this.city.until(
      `the trunk at ${address} is qualified`,
      async () => new RegExp(`${address}.*Avail`, 'u').test(await stack.console('pjsip show contacts')),
      12_000,
    );
    return phone;
  }

  /** Ends the call from the caller's side, and shows that nothing is left anywhere (CL2, CL5, CL6, CL7). */
  async close(t: Test, talk: Talk, seats: readonly Staffed[], platform = '12345'): Promise<void> {
    const { longest, at } = silenceOf(talk);
    t.ok(
      longest < 2000,
      `CL2: the caller never heard silence for 2 s (longest ${longest} ms, ${at} ms after answer)`,
    );
    if (talk.caller.state !== 'idle') await talk.caller.hangup();
    await this.city.witness.nothingLeft(2500);
    t.pass('CL6: Asterisk has no channel or bridge left');
    await this.city.until(
      'the call ended in the ledger',
      async () => (await this.view(talk.id, platform))['phase'] === 'ended',
    );
    const facts = await this.facts(talk.id);
    const numbers = facts.map((fact) => fact.sequence);
    t.same(
      [...numbers].sort((a, b) => a - b),
      numbers,
      'CL7: facts are in order',
    );
    t.equal(facts.filter((fact) => fact.type === 'call.ended').length, 1, 'CL1: the call ended once');
    await talk.caller.stop();
    for (const seat of seats) await this.free(seat);
  }

  /** The seat's wrap-up done: tagged by disposition or tag, ready for the next. */
  async free(seat: Staffed): Promise<void> {
    await this.city.until(`seat ${seat.desk.user} is off the call`, async () =>
      ['idle', 'wrap-up'].includes(String((await this.city.seat(seat.desk.user))['state'])),
    );
    await this.wrapUp(seat);
    await seat.desk.post(`/seats/${seat.desk.user}/status`, { status: 'ready' });
    await this.city.until(`seat ${seat.desk.user} is free again`, async () => {
      const now = await this.city.seat(seat.desk.user);
      return now['state'] === 'idle' && now['status'] === 'ready' && now['phone'] === 'registered';
    });
  }

  /** What a person does after a call: tag it, finish. Whoever waits may be offered at once. */
  async wrapUp(seat: Staffed): Promise<void> {
    const view = await this.city.seat(seat.desk.user);
    if (view['state'] === 'wrap-up') {
      if (typeof view['call'] === 'string')
        await seat.desk.request('PUT', `/calls/${view['call']}/tag`, { class: 'general', summary: 'done' });
      await seat.desk.post(`/seats/${seat.desk.user}/wrap-up/finish`);
    }
  }

  stop(): Promise<void> {
    return this.city.stop();
  }
}

function silenceOf(talk: Talk): { longest: number; at: number } {
  const silence = talk.caller.recording.longestSilence();
  return { longest: silence.ms, at: Math.round(silence.from - talk.answeredAt) };
}
