// The demo's overflow: a supervisor who takes what is suggested, and the neighbour that helps: seats registered for it, and another
// city's hotline behind a trunk, played by SIPp at its address. It must not do anything a person with an account could not.
import type { Desk, Json } from './desk.ts';
import { explain } from './failure.ts';
import { Sipp } from './phones/sipp.ts';

const queue = '12345';
/** Of site/qinzhou: the neighbour's seats, and its own hotline over the trunk. */
const seats = 'nanning';
const neighbour = { host: '127.0.0.4', port: 5060 };
/** So low and short that a demo of minutes passes them. */
const high = { oldestSeconds: 8, expectedSeconds: 30, perReadySeat: 1, dwellSeconds: 3 };
const low = { oldestSeconds: 4, expectedSeconds: 10, perReadySeat: 0.5, dwellSeconds: 5 };
/** Of a second each. */
const calmLooks = 8;

type Say = (line: string) => void;
interface Shown {
  readonly id: string;
  readonly state: string;
  readonly reason: string;
  readonly passed: readonly string[];
  readonly groups: readonly {
    readonly group: string;
    readonly state: string;
    readonly tally: { answered: number };
  }[];
}

export class DemoOverflow {
  private readonly chief: Desk;
  private readonly say: Say;
  private readonly far: Sipp | undefined;
  private readonly before: Json;
  private told = '';
  private looked = 0;
  private quiet = 0;

  private constructor(chief: Desk, say: Say, far: Sipp | undefined, before: Json) {
    this.chief = chief;
    this.say = say;
    this.far = far;
    this.before = before;
  }

  static async prepare(chief: Desk, root: string, server: string, say: Say): Promise<DemoOverflow> {
    const board = (await chief.get('/overflow')).body;
    const marks = (board['queues'] as Json[]).find((each) => each['queue'] === queue) ?? {};
    await chief.must(`/overflow/queues/${queue}`, { high, low, start: 'hand', end: 'hand' }, 'PUT');
    const expires = new Date(Date.now() + 3_600_000).toISOString();
    await chief.must(`/overflow/groups/${seats}`, { capacity: 2, preference: 1, expires }, 'PUT');
    const far = await Sipp.start({ root, scenario: 'seat', ...neighbour, server, echo: true }).catch(
      (error: unknown) => {
        say(`no neighbour at ${neighbour.host}: ${explain(error)}`);
        return undefined;
      },
    );
    say('the neighbouring city has registered two seats, and its hotline answers behind the trunk');
    return new DemoOverflow(chief, say, far, marks);
  }

  /** What the supervisor sees, and the one thing she does about it. */
  async look(): Promise<void> {
    if (Date.now() - this.looked < 1000) return;
    this.looked = Date.now();
    const { body } = await this.chief.get('/overflow');
    const now = (body['items'] as Shown[]).find(({ state }) => state !== 'ended');
    const tally =
      now?.groups.map(({ group, state, tally: { answered } }) => `${group} ${state} ${answered}`) ?? [];
    const line = now
      ? `${now.state} (${[now.passed.join(', '), ...tally].filter(Boolean).join('; ')})`
      : 'ended';
    if (line !== this.told && (now || this.told !== '')) this.say(`overflow of ${queue}: ${line}`);
    this.told = now || this.told !== '' ? line : '';
    if (now?.state === 'suggested') await this.press('POST', '/overflow', { queue, reason: '来电激增' });
    else if (now?.state === 'running' && (await this.calm()))
      await this.press('DELETE', `/overflow/${now.id}`, { reason: '来电回落' });
  }

  /** Nobody waits, for a while: the neighbour's seats are given back, and what they talk of goes on. */
  private async calm(): Promise<boolean> {
    const { body } = await this.chief.get(`/queues/${queue}`);
    this.quiet = body['waiting'] === 0 ? this.quiet + 1 : 0;
    return this.quiet > calmLooks;
  }

  private async press(method: string, path: string, body: Json): Promise<void> {
    const reply = await this.chief.request(method, path, body);
    if (reply.status !== 202) this.say(`${method} ${path} was refused: ${String(reply.body['code'])}`);
  }

  /** Nothing of the demo stays: marks as they were, nothing borrowed. */
  async putBack(): Promise<void> {
    const { body } = await this.chief.get('/overflow');
    for (const { id, state } of body['items'] as Shown[])
      if (state === 'running' || state === 'armed')
        await this.chief.request('DELETE', `/overflow/${id}`, { reason: 'demo over' });
    await this.chief.request('DELETE', `/overflow/groups/${seats}`, { reason: 'demo over' });
    const { high: up, low: down, start, end } = this.before;
    await this.chief.must(`/overflow/queues/${queue}`, { high: up, low: down, start, end }, 'PUT');
    await this.far?.stop();
  }
}
