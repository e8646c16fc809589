// The independent witness: what Asterisk itself says of channels and bridges, asked through ari-client, which shares no
// code with the server. Its account may only look. It must not change anything.
import ariClient from 'ari-client';
import { setTimeout as sleep } from 'node:timers/promises';

export type SeenChannel = {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly caller: string;
  /** Number or name of the other side as dialled. */
  readonly exten: string;
  readonly application: string;
};
export type SeenBridge = {
  readonly id: string;
  readonly name: string;
  readonly technology: string;
  readonly channels: readonly string[];
};
export type Orphans = { readonly channels: readonly SeenChannel[]; readonly bridges: readonly SeenBridge[] };

type Client = Awaited<ReturnType<typeof ariClient.connect>>;

export class Witness {
  private readonly client: Client;

  private constructor(client: Client) {
    this.client = client;
  }

  /** `url` may end in /ari or not. */
  static async connect(options: {
    readonly url: string;
    readonly user: string;
    readonly password: string;
  }): Promise<Witness> {
    const client = await ariClient.connect(
      options.url.replace(/\/ari\/?$/u, ''),
      options.user,
      options.password,
    );
    return new Witness(client);
  }

  async channels(): Promise<readonly SeenChannel[]> {
    return (await this.client.channels.list()).map((channel) => ({
      id: channel.id,
      name: channel.name,
      state: channel.state,
      caller: channel.caller.number,
      exten: channel.dialplan.exten,
      application: channel.dialplan.app_name,
    }));
  }

  async bridges(): Promise<readonly SeenBridge[]> {
    return (await this.client.bridges.list()).map((bridge) => ({
      id: bridge.id,
      name: bridge.name,
      technology: bridge.technology,
      channels: bridge.channels,
    }));
  }

  /** Channels that share a bridge with this one, by id; itself not among them. */
  async whoIsWith(channel: string): Promise<readonly string[]> {
    const bridges = (await this.bridges()).filter((bridge) => bridge.channels.includes(channel));
    return bridges.flatMap((bridge) => bridge.channels).filter((id) => id !== channel);
  }

  /** All that is left when no call should be. */
  async orphans(): Promise<Orphans> {
    const [channels, bridges] = await Promise.all([this.channels(), this.bridges()]);
    return { channels, bridges };
  }

  /** Waits until nothing is left (CL6 gives 2 s). Rejects with what is. */
  async nothingLeft(withinMs = 2_000): Promise<void> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const { channels, bridges } = await this.orphans();
      if (channels.length === 0 && bridges.length === 0) return;
      if (Date.now() > deadline) {
        const words = [
          ...channels.map(
            (channel) => `channel ${channel.id} ${channel.name} ${channel.state} in ${channel.application}`,
          ),
          ...bridges.map((bridge) => `bridge ${bridge.id} ${bridge.name} of [${bridge.channels.join(', ')}]`),
        ];
        throw new Error(`Asterisk still has, after ${withinMs} ms:\n${words.join('\n')}`);
      }
      await sleep(50);
    }
  }
}
