// A model of Asterisk as the domain sees it: channels, bridges, sounds. It carries out orders and speaks up about what is wrong.
// It must not know calls' phases; only what a real Asterisk would know (notes on Asterisk, §2 and §10).
import type { TelephonyOrder } from '../../server/engine/ports.ts';

export interface Channel {
  readonly id: string;
  readonly call: string;
  readonly caller: boolean;
  readonly seat: boolean;
  readonly acceptance: 'answer' | 'key' | 'talk';
  state: 'down' | 'ringing' | 'up';
  readonly sounds: Set<string>;
  bridge: string | null;
  armed: boolean;
  muted: boolean;
  /** The channel it listens at, and ends with. */
  readonly taps?: string;
}

/** Why an order did not work, as Asterisk would answer. */
export type Refusal = { readonly status: number; readonly leg: string | null } | null;

export class ModelAsterisk {
  readonly channels = new Map<string, Channel>();
  readonly bridges = new Map<string, Set<string>>();
  private readonly seen = new Set<string>();
  /** Every file ever begun, and the tap that writes it. */
  readonly recordings = new Map<string, string>();
  /** What is being played, and to which bridge. */
  readonly playing = new Map<string, string>();
  /** Told of each tap that ended with the channel it listened at. */
  fell: (call: string, tap: string) => void = () => undefined;

  arrive(call: string, id: string, up: boolean): void {
    this.add({ call, id, caller: true, seat: false, acceptance: 'answer', up });
  }
  private add(given: {
    call: string;
    id: string;
    caller: boolean;
    seat: boolean;
    acceptance: Channel['acceptance'];
    up: boolean;
    taps?: string;
  }): void {
    const { up, ...rest } = given;
    if (this.seen.has(given.id)) throw new Error(`leg id ${given.id} is used a second time`);
    this.seen.add(given.id);
    const state = up ? 'up' : given.caller ? 'ringing' : 'down';
    this.channels.set(given.id, {
      ...rest,
      state,
      sounds: new Set(),
      bridge: null,
      armed: given.taps === undefined,
      muted: false,
    });
  }

  /** The channel is gone; whoever was with it stays in the bridge alone. */
  remove(id: string): boolean {
    const channel = this.channels.get(id);
    if (!channel) return false;
    this.leave(channel);
    this.channels.delete(id);
    for (const tap of [...this.channels.values()])
      if (tap.taps === id && this.remove(tap.id)) this.fell(tap.call, tap.id);
    return true;
  }
  private leave(channel: Channel): void {
    if (channel.bridge !== null) this.bridges.get(channel.bridge)?.delete(channel.id);
    channel.bridge = null;
  }

  /** Throws where an order could never be right; answers a refusal where the world has only moved on. */
  perform(call: string, order: TelephonyOrder): Refusal {
    switch (order.type) {
      case 'dial': {
        const { leg: id, toSeat: seat, acceptance } = order;
        if (order.ringSeconds <= 0) throw new Error(`${id} is dialled for ${order.ringSeconds} s`);
        this.add({ call, id, caller: false, seat, acceptance, up: false });
        return null;
      }
      case 'tap': {
        const { leg: id, of } = order;
        this.mustBeKnown(of);
        if (this.channels.get(of)?.state !== 'up') {
          this.seen.add(id);
          return { status: 404, leg: id };
        }
        this.add({ call, id, caller: false, seat: false, acceptance: 'answer', up: true, taps: of });
        return null;
      }
      case 'recording-start': {
        const channel = this.channels.get(order.leg);
        if (!channel) return { status: 404, leg: null };
        if (this.recordings.has(order.name)) return { status: 409, leg: null };
        if (channel.taps === undefined) throw new Error(`${order.leg} is no tap and is to be recorded`);
        this.recordings.set(order.name, order.leg);
        return null;
      }
      case 'say': {
        // An empty one is played to as well: whoever should be in it is put right by itself.
        if (!this.bridges.has(order.bridge)) return { status: 404, leg: order.leg };
        if (this.seen.has(order.playing)) throw new Error(`playback ${order.playing} is used a second time`);
        this.seen.add(order.playing);
        this.playing.set(order.playing, order.bridge);
        return null;
      }
      case 'hush':
        this.playing.delete(order.playing);
        return null;
      case 'recording-find':
        return this.writing(order.name) === order.leg ? null : { status: 404, leg: null };
      case 'recording-pause':
        return this.writing(order.name) === null ? { status: 404, leg: null } : null;
      case 'hang-up':
        this.mustBeKnown(order.leg);
        this.remove(order.leg);
        return null;
      case 'bridge-make':
        if (this.bridges.has(order.bridge)) return { status: 409, leg: null };
        this.bridges.set(order.bridge, new Set());
        return null;
      case 'bridge-add':
        return this.bridgeAdd(order.bridge, order.legs);
      case 'bridge-remove':
        for (const leg of order.legs) {
          this.mustBeKnown(leg);
          const channel = this.channels.get(leg);
          if (channel?.bridge === order.bridge) this.leave(channel);
        }
        return null;
      case 'bridge-end':
        for (const leg of this.bridges.get(order.bridge) ?? []) {
          const channel = this.channels.get(leg);
          if (channel) channel.bridge = null;
        }
        this.bridges.delete(order.bridge);
        for (const [playing, bridge] of this.playing)
          if (bridge === order.bridge) this.playing.delete(playing);
        return null;
      default:
        return this.onChannel(order);
    }
  }

  /** The living tap that writes this file. */
  private writing(name: string): string | null {
    const tap = this.recordings.get(name);
    return tap !== undefined && this.channels.has(tap) ? tap : null;
  }

  private onChannel(
    order: Exclude<
      TelephonyOrder,
      {
        type:
          | 'dial'
          | 'tap'
          | 'hang-up'
          | 'bridge-make'
          | 'bridge-add'
          | 'bridge-remove'
          | 'bridge-end'
          | 'recording-start'
          | 'recording-find'
          | 'recording-pause'
          | 'say'
          | 'hush';
      }
    >,
  ): Refusal {
    this.mustBeKnown(order.leg);
    const channel = this.channels.get(order.leg);
    const off = 'on' in order && order.type !== 'mute' && !order.on;
    if (!channel) return off ? null : { status: 404, leg: order.leg };
    switch (order.type) {
      case 'answer':
        channel.state = 'up';
        channel.sounds.clear();
        return null;
      case 'music':
        channel.sounds.delete('music');
        channel.sounds.delete('notice');
        if (order.on) channel.sounds.add(order.notice === true ? 'notice' : 'music');
        return null;
      case 'ringing':
      case 'silence':
        if (order.on) channel.sounds.add(order.type);
        else channel.sounds.delete(order.type);
        return null;
      case 'mute':
        channel.muted = order.on;
        return null;
      case 'dead-man':
        channel.armed = order.seconds > 0;
        return null;
      case 'beep':
        // The real one would hold up every order behind it.
        if (channel.bridge !== null) throw new Error(`${channel.id} is beeped in ${channel.bridge}`);
        return null;
    }
  }

  private bridgeAdd(bridge: string, legs: readonly string[]): Refusal {
    const members = this.bridges.get(bridge);
    for (const leg of legs) this.mustBeKnown(leg);
    if (!members) return { status: 404, leg: legs[0] ?? null };
    const channels = legs.map((leg) => this.channels.get(leg));
    if (channels.some((channel) => channel?.state !== 'up')) return { status: 400, leg: legs[0] ?? null };
    for (const channel of channels) {
      if (!channel) continue;
      if (channel.sounds.size > 0)
        throw new Error(`${channel.id} enters ${bridge} with ${[...channel.sounds].join()} still on`);
      this.leave(channel);
      members.add(channel.id);
      channel.bridge = bridge;
    }
    return null;
  }

  private mustBeKnown(leg: string): void {
    if (!this.seen.has(leg)) throw new Error(`an order names ${leg}, which never existed`);
  }

  /** What an answered party hears; null is silence, and nobody may be left in it. */
  hears(channel: Channel): string | null {
    if (channel.bridge !== null) {
      // A mute tap is no company.
      const others = [...(this.bridges.get(channel.bridge) ?? [])].filter((id) => {
        const other = this.channels.get(id);
        return id !== channel.id && !(other?.taps !== undefined && other.muted);
      });
      const spoken = [...this.playing.values()].includes(channel.bridge);
      return others.length > 0 || spoken ? `bridge:${channel.bridge}` : null;
    }
    return [...channel.sounds][0] ?? null;
  }
}
