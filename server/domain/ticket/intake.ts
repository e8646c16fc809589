// From the facts of one call to the tickets it must have: one per accepting platform, whatever is replayed (R2, R4, WR3).
// It must not look at tickets or stores: the same facts give the same answer, so a crash in between changes nothing.
import type { Fact } from '../../protocol/facts.ts';
import { Tag } from '../../protocol/words.ts';
import type { Platform, Time } from '../../protocol/words.ts';

/** The types of facts that say anything here; the store hands over no others. */
export const intakeFacts = [
  'call.arrived',
  'call.answered',
  'call.reanswered',
  'call.survived',
  'call.tagged',
  'call.guided',
  'call.left-untagged',
  'call.ended',
  'transfer.accepted',
  'threeway.joined',
  'outcome.decided',
] as const;

export interface Holder {
  readonly platform: Platform;
  readonly seat: string | null;
  readonly at: Time;
  readonly why: 'call' | 'transfer' | 'outcome';
}
export interface CallStory {
  readonly call: string;
  readonly number: string;
  readonly name: string;
  readonly platform: Platform | null;
  readonly firstReceiver: Platform | null;
  /** Null until a seat has tagged it. */
  readonly tag: Tag | null;
  readonly taggedBy: string;
  readonly taggedAt: Time;
  /** Who accepts it now: one, or both where the outcome says so; the first named owns it. */
  readonly holders: readonly Holder[];
  /** Talked, over, and nobody has said what it was: it waits on the list. */
  readonly untagged: {
    readonly since: Time;
    readonly seat: string | null;
    readonly wrapUpOver: boolean;
  } | null;
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** `facts`: of one call, in order, of the types above. */
export function storyOf(call: string, facts: readonly Fact[]): CallStory {
  const story = {
    number: '',
    name: '',
    platform: null as Platform | null,
    firstReceiver: null as Platform | null,
    tag: null as Tag | null,
    taggedBy: '',
    taggedAt: 0,
    holders: [] as readonly Holder[],
    /** The seat of each platform that last spoke with the caller. */
    seats: {} as Record<Platform, string>,
    guided: false,
    ended: null as Time | null,
    answered: false,
    lastSeat: null as string | null,
    wrapUpOver: false,
  };
  for (const fact of facts) {
    const { data } = fact;
    const at = Date.parse(fact.time);
    const seat = text(data['seat']);
    const platform = text(data['platform']);
    if (seat !== null && platform !== null && fact.type !== 'call.left-untagged')
      story.seats[platform] = seat;
    switch (fact.type) {
      case 'call.arrived':
        story.number = text(data['number']) ?? story.number;
        story.name = text(data['name']) ?? story.name;
        story.platform = fact.platform ?? story.platform;
        break;
      case 'call.answered':
      case 'call.reanswered':
        story.answered = true;
        story.firstReceiver ??= text(data['firstReceiver']) ?? platform;
        // A seat that takes the caller up again after a failed transfer is no new acceptance of the other platform.
        if (platform !== null) story.holders = [{ platform, seat, at, why: 'call' }];
        story.lastSeat = seat ?? story.lastSeat;
        break;
      case 'call.survived':
        story.answered = true;
        story.lastSeat = seat ?? story.lastSeat;
        story.firstReceiver ??= fact.platform;
        if (story.holders.length === 0 && fact.platform !== null)
          story.holders = [{ platform: fact.platform, seat, at, why: 'call' }];
        break;
      case 'transfer.accepted':
        // A foreign line (119, a utility) has no tickets here: the platform that handed over keeps it.
        if (platform !== null) {
          story.holders = [{ platform, seat, at, why: 'transfer' }];
          story.lastSeat = seat ?? story.lastSeat;
        }
        break;
      case 'threeway.joined':
        break;
      case 'outcome.decided':
        story.holders = decided(story, text(data['acceptedBy']), data['proposals'], at);
        break;
      case 'call.tagged': {
        const tag = Tag.safeParse(data);
        if (!tag.success) break;
        story.tag = tag.data;
        story.taggedBy = fact.actor;
        story.taggedAt = at;
        break;
      }
      case 'call.guided':
        story.guided = true;
        break;
      case 'call.left-untagged':
        story.wrapUpOver = true;
        story.lastSeat = seat ?? story.lastSeat;
        break;
      case 'call.ended':
        story.ended = at;
        story.answered ||= data['answered'] === true;
        story.number = text(data['number']) ?? story.number;
        story.platform = fact.platform ?? story.platform;
    }
  }
  const silent = story.answered && story.tag === null && !story.guided && story.ended !== null;
  return {
    call,
    number: story.number,
    name: story.name,
    platform: story.platform,
    firstReceiver: story.firstReceiver,
    tag: story.tag,
    taggedBy: story.taggedBy,
    taggedAt: story.taggedAt,
    holders:
      story.holders.length > 0 || story.platform === null || !story.answered
        ? story.holders
        : [{ platform: story.platform, seat: null, at: story.ended ?? story.taggedAt, why: 'call' }],
    untagged: silent ? { since: story.ended ?? 0, seat: story.lastSeat, wrapUpOver: story.wrapUpOver } : null,
  };
}

function decided(
  story: {
    readonly holders: readonly Holder[];
    readonly firstReceiver: Platform | null;
    readonly seats: Readonly<Record<Platform, string>>;
  },
  acceptedBy: string | null,
  proposals: unknown,
  at: Time,
): readonly Holder[] {
  if (acceptedBy === null) return story.holders;
  const known = (platform: Platform): Holder =>
    story.holders.find((holder) => holder.platform === platform) ?? {
      platform,
      // Danger may name 110 before any seat of it has answered: then nobody has accepted yet (R2, R23).
      seat: story.seats[platform] ?? null,
      at,
      why: 'outcome',
    };
  if (acceptedBy !== 'both') return [known(acceptedBy)];
  const named = typeof proposals === 'object' && proposals !== null ? Object.keys(proposals) : [];
  const first = story.firstReceiver ?? story.holders[0]?.platform;
  // The first receiver owns it, the other gets the linked one (TW6).
  return [...new Set([...(first === undefined ? [] : [first]), ...named])].map(known);
}
