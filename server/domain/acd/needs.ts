// What a request needs of a seat, what a seat offers, and after what wait the one suffices for the other:
// skills with levels, relaxed by steps as the wait grows, and tiers that join after a wait (design §4).
// It must not know queues. Needs and profiles are compared by key, so that equals share one list.
import type { FloorRules } from './rules.ts';

export interface Needs {
  readonly key: string;
  readonly skills: Readonly<Record<string, number>>;
  /** Danger: whoever is free, whatever the skill or tier (TR14). */
  readonly anyone: boolean;
}

export interface Profile {
  readonly key: string;
  readonly tier: number;
  readonly skills: Readonly<Record<string, number>>;
  /** Waits found so far, by needs. */
  readonly waits: Map<string, number>;
}

const keyOf = (skills: Readonly<Record<string, number>>): string => {
  const named = Object.entries(skills).filter(([, level]) => level > 0);
  return named.length === 0 ? '' : JSON.stringify(named.sort(([a], [b]) => (a < b ? -1 : 1)));
};

export const needsOf = (skills: Readonly<Record<string, number>> | undefined, anyone: boolean): Needs =>
  anyone ? { key: '*', skills: {}, anyone } : { key: keyOf(skills ?? {}), skills: skills ?? {}, anyone };

export const profileOf = (skills: Readonly<Record<string, number>> | undefined, tier: number): Profile => ({
  key: `${tier} ${keyOf(skills ?? {})}`,
  tier,
  skills: skills ?? {},
  waits: new Map(),
});

/** Milliseconds a request must have waited before such a seat may take it; Infinity: never. */
export function waitMs(profile: Profile, needs: Needs, rules: FloorRules): number {
  const known = profile.waits.get(needs.key);
  if (known !== undefined) return known;
  const found = needs.anyone ? 0 : Math.max(tierWait(profile.tier, rules), skillWait(profile, needs, rules));
  profile.waits.set(needs.key, found);
  return found;
}

const tierWait = (tier: number, rules: FloorRules): number =>
  1000 * (rules.tierSeconds[tier] ?? rules.tierSeconds.at(-1) ?? 0);

function skillWait(profile: Profile, needs: Needs, rules: FloorRules): number {
  let longest = 0;
  for (const [skill, asked] of Object.entries(needs.skills)) {
    const has = profile.skills[skill] ?? 0;
    if (has >= asked) continue;
    const step = rules.relaxation.find(({ lower }) => asked - lower <= has);
    longest = Math.max(longest, step ? step.afterSeconds * 1000 : Infinity);
  }
  return longest;
}
