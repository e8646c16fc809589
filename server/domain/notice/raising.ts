// What a class that is set tells supervisors at once (R18, R19, R24, WR2): facts, in the same step as the tag, so that no crash
// comes between the two. It must not know what becomes of them; notices.ts does.
import type { Platform, Tag } from '../../protocol/words.ts';

interface NoticeFact {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export const aboutNotice = (call: string, platform: Platform): string => `notice:${call}:${platform}`;

/**
 * Major: every platform, each of which must say that it knows. Urgent: the call's own, for its knowledge. The same class
 * again is no news.
 */
export function newsOf(
  call: { readonly id: string; readonly platform: Platform },
  before: Tag | null,
  after: Tag,
  platforms: readonly Platform[],
): readonly NoticeFact[] {
  if (after.class === 'general' || after.class === before?.class) return [];
  const { item, region, place, summary } = after;
  const told = { class: after.class, item, region, place, summary };
  if (after.class === 'urgent') return [{ type: 'notice.given', data: { platform: call.platform, ...told } }];
  return [
    { type: 'alarm.major', data: { platforms, class: after.class, summary } },
    ...platforms.map((platform) => ({
      type: 'notice.raised',
      data: { about: aboutNotice(call.id, platform), platform, ...told },
    })),
  ];
}
