// Stories told line by line: `1001: transfer 110`, `answer 3001`, `wait 20`. Used by the transcripts and by the tests of rules.
// It must not let chance in: a story is the same every time.
import type { CallCommand } from '../../server/protocol/commands.ts';
import type { Actor, Target } from '../../server/protocol/words.ts';
import type { CallEffect } from '../../server/domain/call/effects.ts';
import type { TimerName } from '../../server/domain/call/inputs.ts';
import type { Call } from '../../server/domain/call/state.ts';
import type { Channel } from './asterisk.ts';
import { recordedRules, rules, seats, spokenRules } from './site.ts';
import { World } from './world.ts';
import type { Told } from './world.ts';

export class Story {
  readonly world: World;
  readonly told: Told[] = [];
  private ids = 0;
  private lastId = '';
  private lastCall = 'c1';

  /** `recorded`: calls of this story are recorded, which adds orders of its own to every one of them. `spoken`: its callers are told their place. */
  constructor(how: boolean | 'spoken' = false) {
    this.world = new World(null, how === 'spoken' ? spokenRules : how ? recordedRules : rules);
    this.world.listener = (told) => this.told.push(told);
  }

  /** Tells these lines; returns what was decided in the last of them. */
  tell(...lines: readonly string[]): Told[] {
    for (const line of lines) {
      this.told.length = 0;
      this.line(line);
    }
    return [...this.told];
  }
  /** The one call of the story, alive or over. */
  get call(): Call {
    const call = this.world.calls.get(this.lastCall) ?? this.world.dead.get(this.lastCall);
    if (!call)
      throw new Error(`There is no call ${this.lastCall} in this story yet; begin with: arrive 12345`);
    return call;
  }
  get phase(): string {
    return this.world.calls.has(this.lastCall) ? this.call.phase.name : 'gone';
  }
  facts(type: string): Readonly<Record<string, unknown>>[] {
    return this.world.facts.filter((fact) => fact.type === type).map((fact) => fact.data);
  }
  /** Orders of the last line. */
  effects(): CallEffect[] {
    return this.told.flatMap(({ decision }) => (decision.ok ? (decision.effects as CallEffect[]) : []));
  }
  refusal(line: string): string | null {
    this.tell(line);
    const { decision } = this.told[0] ?? {};
    return decision && !decision.ok ? decision.code : null;
  }
  channel(name: string): Channel {
    const matches = [...this.world.asterisk.channels.values()].filter(
      (channel) =>
        channel.id === `${this.lastCall}-${name}` ||
        channel.id.startsWith(`${this.lastCall}.${name}.`) ||
        channel.id === `${this.lastCall}.${name}`,
    );
    const channel = matches.at(-1);
    if (!channel) throw new Error(`No phone of ${name} is in ${this.lastCall} now; look at the line before.`);
    return channel;
  }
  hears(name: string): string | null {
    return this.world.asterisk.hears(this.channel(name));
  }
  together(...names: readonly string[]): boolean {
    const heard = names.map((name) => this.hears(name));
    return heard[0]?.startsWith('bridge:') === true && heard.every((each) => each === heard[0]);
  }
  seat(id: string): string {
    return this.world.floor.seats.get(id)?.state ?? 'unknown';
  }

  private line(line: string): void {
    const [head = '', ...rest] = line.split(' ');
    const { world } = this;
    if (head.endsWith(':')) {
      this.person(head.slice(0, -1), rest);
      return;
    }
    switch (head) {
      case 'arrive':
        this.lastCall = world.arrive(
          rest[0] ?? '',
          rest[1] === 'from-survival' ? { survivals: 1, up: true } : {},
        );
        break;
      case 'away':
        for (const id of rest) Object.assign(world.floor.seats.get(id) ?? {}, { state: 'away' });
        break;
      case 'ready':
        world.hear(world.floor.ready(rest[0] ?? ''));
        break;
      case 'wait':
        this.wait(Number(rest[0]));
        break;
      case 'fail':
        world.failNext = Number(rest[0] ?? 1);
        return;
      case 'crash':
        world.recover(false);
        break;
      case 'crash-after':
        world.crashAfter = Number(rest[0] ?? 1);
        return;
      case 'reconnect':
        world.recover(true);
        break;
      default:
        this.phone(head, rest[0] ?? '');
    }
    if (world.crashed) world.recover(false);
    while (world.hearNews());
  }

  private phone(does: string, name: string): void {
    const channel = this.channel(name);
    const { id: leg, call } = channel;
    const gone = (ended: { cause: number; sipStatus?: number; how?: 'unreachable' | 'dropped' }) => {
      this.world.asterisk.remove(leg);
      this.world.tell(call, { type: 'leg-ended', leg, ...ended });
    };
    switch (does) {
      case 'rings':
        channel.state = 'ringing';
        return void this.world.tell(call, { type: 'leg-ringing', leg });
      case 'answer':
        channel.state = 'up';
        return void this.world.tell(call, { type: 'leg-answered', leg });
      case 'busy': {
        gone({ cause: 17, sipStatus: 486 });
        return;
      }
      case 'reject': {
        gone({ cause: 21, sipStatus: 603 });
        return;
      }
      case 'unreachable': {
        gone({ cause: 38, sipStatus: 503, how: 'unreachable' });
        return;
      }
      case 'bye': {
        gone({ cause: 16 });
        return;
      }
      case 'drop': {
        gone({ cause: 44, how: 'dropped' });
        return;
      }
      case 'silent':
        return void this.world.tell(call, { type: 'leg-silent', leg });
      case 'quiet':
      case 'heard':
        return void this.world.tell(call, { type: 'leg-away', leg, on: does === 'quiet' });
      case 'lost':
        return void this.world.tell(call, { type: 'leg-lost', leg });
      case 'key':
        return void this.world.tell(call, { type: 'leg-confirmed', leg, by: 'key' });
      case 'talk':
        return void this.world.tell(call, { type: 'leg-confirmed', leg, by: 'talk' });
      case 'vanish':
        // Gone while nobody listens: for a crash or a reconnection on the next line.
        this.world.asterisk.remove(leg);
        this.world.news.length = 0;
        return;
      case 'answer-unheard':
        channel.state = 'up';
        return;
      default:
        throw new Error(
          `Nobody knows how to "${does}"; see test/call-world/story.ts for the words of a story.`,
        );
    }
  }

  /** The clock runs; what falls due fires, in order. */
  private wait(seconds: number): void {
    const { world } = this;
    const until = world.at + seconds * 1000;
    for (;;) {
      const due = [...world.timers.values()].filter((timer) => timer.at <= until);
      if (due.length === 0) break;
      world.nextTimer();
      while (world.hearNews());
    }
    world.at = until;
  }

  private person(who: string, words: readonly string[]): void {
    const platform = who.startsWith('sup-')
      ? who.slice(4)
      : (seats.find((seat) => seat.id === who)?.platform ?? '12345');
    const actor: Actor = who.startsWith('sup-')
      ? { user: who, role: 'supervisor', platform, seat: null }
      : { user: who, role: 'seat', platform, seat: who };
    if (words[0] !== 'again') {
      this.ids += 1;
      this.lastId = `k${this.ids}`;
    }
    const command = commandOf(words[0] === 'again' ? words.slice(1) : words, (name) => this.partyOf(name));
    this.world.tell(this.lastCall, { type: 'command', id: this.lastId, actor, command });
    while (this.world.hearNews());
  }
  private partyOf(name: string): string {
    return name === 'caller' ? name : this.channel(name).id;
  }
  /** Fires one timer by name now, running or not, as a late echo would. */
  fire(name: TimerName): void {
    this.world.tell(this.lastCall, { type: 'timer', name });
  }
}

const targetOf = (word: string): Target =>
  word.startsWith('seat=')
    ? { seat: word.slice(5) }
    : word.startsWith('queue=')
      ? { queue: word.slice(6) }
      : { line: word };

function commandOf(words: readonly string[], party: (name: string) => string): CallCommand {
  const [name = '', first = '', ...rest] = words;
  const has = (word: string) => rest.includes(word) || first === word;
  const text = rest.find((word) => word.startsWith('reason='))?.slice(7);
  switch (name) {
    case 'transfer':
      return {
        name,
        body: {
          to: targetOf(first),
          mode: has('consult') ? 'consult' : 'one-click',
          ...(has('danger') ? { danger: true } : {}),
          ...(text === undefined ? {} : { reason: text }),
        },
      };
    case 'three-way':
      return { name, body: { to: targetOf(first) } };
    case 'cancel':
      return { name: 'transfer-cancel', body: {} };
    case 'merge':
      return { name: 'transfer-merge', body: {} };
    case 'consult':
      return { name, body: { on: first === 'on' } };
    case 'outcome':
      return {
        name,
        body: {
          danger: has('danger'),
          ...(first === 'danger' ? {} : { acceptedBy: first }),
          ...(text === undefined ? {} : { note: text }),
        },
      };
    case 'leave':
      return { name, body: first === '' ? {} : { disposition: first } };
    case 'hang-up':
      return { name, body: first === '' ? {} : { disposition: first } };
    case 'drop':
      return { name: 'hang-up', body: { party: party(first) } };
    case 'hold':
    case 'resume':
      return { name, body: { party: party(first) } };
    case 'mute':
    case 'unmute':
      return { name, body: first === '' ? {} : { party: party(first) } };
    case 'tag':
      return {
        name,
        body: {
          class: first as 'general' | 'urgent' | 'major',
          item: '',
          region: '',
          place: '',
          summary: rest.join(' '),
        },
      };
    case 'guide':
      return { name, body: { line: first } };
    case 'supervise': {
      const seat = rest.find((word) => /^\d+$/.test(word));
      const mode = first as 'listen' | 'whisper' | 'barge' | 'take-over';
      return { name, body: { mode, visible: has('visible'), ...(seat === undefined ? {} : { seat }) } };
    }
    case 'recording-pause':
      return { name, body: { reason: 'bank card' } };
    case 'silence-decide':
      return { name, body: { decision: first } };
    case 'recording-resume':
    case 'silence-ask':
    case 'supervise-end':
      return { name, body: {} };
    default:
      throw new Error(`No such command: ${name}; see commandOf() in test/call-world/story.ts.`);
  }
}
