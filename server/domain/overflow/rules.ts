// What overflow must know of the site: marks, terms, and which groups of remote seats there are. Made once from site data.
// It must not hold anything that changes: marks changed by a supervisor are state.
import type { Marks } from '../../protocol/overflow.ts';
import { changedMarks } from '../../protocol/overflow.ts';
import type { Site } from '../../protocol/site.ts';
import type { Platform, QueueId } from '../../protocol/words.ts';

export interface Policy {
  readonly high: Marks;
  readonly low: Marks;
  /** By rule: starts at the high mark, ends at the low one, without a person. */
  readonly start: 'hand' | 'rule';
  readonly end: 'hand' | 'rule';
}
export interface GroupRules {
  readonly id: string;
  readonly platform: Platform;
  readonly lender: string;
  readonly kind: 'seats' | 'trunk';
  /** 2: another city's, given by the region alone. */
  readonly level: 1 | 2;
  /** Registered by the site itself, for ever. */
  readonly standing: boolean;
  readonly preference: number;
  readonly seats: number;
}
export interface OverflowRules {
  readonly queues: readonly { readonly id: QueueId; readonly platform: Platform; readonly policy: Policy }[];
  readonly groups: readonly GroupRules[];
  readonly minimumSeconds: number;
  readonly lenderFloor: number;
  readonly consentSeconds: number;
  readonly regionAfterSeconds: number;
  readonly regionWaitSeconds: number;
  readonly region: 'hand' | 'rule';
  readonly regionDeadlineSeconds: number;
}

export function overflowRulesOf(site: Site): OverflowRules {
  const { overflow } = site;
  return {
    queues: site.queues.map(({ id, platform }) => {
      const own = overflow.queues[id];
      return {
        id,
        platform,
        policy: {
          high: changedMarks(overflow.high, own?.high),
          low: changedMarks(overflow.low, own?.low),
          start: own?.start ?? overflow.start,
          end: own?.end ?? overflow.end,
        },
      };
    }),
    groups: site.seatGroups
      .filter((group) => group.remote)
      .map((group) => {
        const about = overflow.groups.find(({ id }) => id === group.id);
        return {
          id: group.id,
          platform: group.platform,
          lender: about?.lender ?? group.id,
          kind: group.over ? ('trunk' as const) : ('seats' as const),
          level: about?.level ?? 1,
          standing: about?.standing ?? false,
          preference: about?.preference ?? 3,
          seats: Math.max(0, group.to - group.from + 1),
        };
      }),
    minimumSeconds: overflow.minimumSeconds,
    lenderFloor: overflow.lenderFloor,
    consentSeconds: overflow.consentSeconds,
    regionAfterSeconds: overflow.regionAfterSeconds,
    regionWaitSeconds: overflow.regionWaitSeconds,
    region: overflow.region,
    regionDeadlineSeconds: overflow.regionDeadlineSeconds,
  };
}

/** A lender keeps its floor; a trunk's limit is the number of its lines, and what is kept is the other side's matter. */
export const keptShare = (rules: OverflowRules, group: GroupRules): number =>
  group.kind === 'trunk' ? 0 : rules.lenderFloor;
