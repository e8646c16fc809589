// Notices that must be acknowledged, from the tag that raised them to a supervisor's word: chased until then (WR2, R24).
// Pure; the time comes in. It must not send anything: the engine writes the facts, the stream carries them.
//
//   raised ──chaseSeconds──► chased ──chaseSeconds──► chased … ──► acknowledged
import type { Fact } from '../../protocol/facts.ts';
import type { CallId, Platform, Tag, Time } from '../../protocol/words.ts';
import { refuse } from '../decision.ts';
import type { NewFact, Refused } from '../decision.ts';
import { aboutNotice } from './raising.ts';

export interface Notice extends Tag {
  readonly call: CallId;
  readonly platform: Platform;
  readonly raisedAt: Time;
  readonly raisedBy: string;
  readonly chased: number;
  readonly acknowledged: { readonly by: string; readonly at: Time; readonly note: string | null } | null;
}
/** By `about`: one for each call and platform. */
export type Notices = ReadonlyMap<string, Notice>;
export interface NoticeStep {
  readonly notices: Notices;
  readonly written: readonly { readonly call: CallId; readonly platform: Platform; readonly fact: NewFact }[];
}

/** Acknowledged ones are shown for a day. */
const shownMs = 86_400_000;
const ENGINE = 'system:engine';

const put = (notices: Notices, notice: Notice): Notices =>
  new Map([...notices, [aboutNotice(notice.call, notice.platform), notice]]);
const tagOf = ({ class: name, item, region, place, summary }: Notice) => ({
  class: name,
  item,
  region,
  place,
  summary,
});

/** A fact of the family `notice`, as it happens or read back after a restart; the newest about each is enough. */
export function remember(notices: Notices, fact: Fact): Notices {
  const { call, data, time, actor, type } = fact;
  const platform = text(data['platform']);
  if (call === null || platform === '' || !text(data['about']).startsWith('notice:')) return notices;
  const known = notices.get(aboutNotice(call, platform));
  const raisedAt = Date.parse(text(data['raisedAt'])) || known?.raisedAt || Date.parse(time);
  const chased = typeof data['chased'] === 'number' ? data['chased'] : 0;
  const acknowledged =
    type === 'notice.acknowledged'
      ? { by: actor, at: Date.parse(time), note: text(data['note']) || null }
      : null;
  const raisedBy = text(data['raisedBy']) || actor;
  const name = data['class'] === 'urgent' ? 'urgent' : 'major';
  const [item, region, place, summary] = ['item', 'region', 'place', 'summary'].map((key) => text(data[key]));
  return put(notices, {
    call,
    platform,
    class: name,
    item: item ?? '',
    region: region ?? '',
    place: place ?? '',
    summary: summary ?? '',
    raisedAt,
    raisedBy,
    chased,
    acknowledged,
  });
}

/** When one must be chased next; null: nothing is owed. */
export function nextChase(notices: Notices, everySeconds: number): Time | null {
  const times = [...notices.values()].filter(isOpen).map((notice) => chaseAt(notice, everySeconds));
  return times.length === 0 ? null : Math.min(...times);
}

/** Times that passed while nobody could be told count as one: a restart must not pour out alarms. */
export function chase(notices: Notices, at: Time, everySeconds: number): NoticeStep {
  let after: Notices = new Map([...notices].filter(([, { acknowledged }]) => !isOld(acknowledged, at)));
  const written: NoticeStep['written'][number][] = [];
  for (const notice of notices.values()) {
    if (!isOpen(notice) || at < chaseAt(notice, everySeconds)) continue;
    const chased = Math.max(notice.chased + 1, Math.floor((at - notice.raisedAt) / (everySeconds * 1000)));
    const now = { ...notice, chased };
    after = put(after, now);
    written.push(
      toldOf(now, 'notice.chased', ENGINE, { chased, waitedSeconds: (at - notice.raisedAt) / 1000 }),
    );
  }
  return { notices: after, written };
}

/** A platform's word that it knows. `by`: a supervisor, or whoever acknowledged the ticket made of the call. */
export function acknowledge(
  notices: Notices,
  asked: {
    readonly call: CallId;
    readonly platform: Platform;
    readonly by: string;
    readonly note: string | null;
  },
  at: Time,
): Refused | NoticeStep {
  const notice = notices.get(aboutNotice(asked.call, asked.platform));
  if (!notice) return refuse('not-found');
  if (!isOpen(notice)) return refuse('already-so');
  const now = { ...notice, acknowledged: { by: asked.by, at, note: asked.note } };
  const more = {
    chased: notice.chased,
    waitedSeconds: (at - notice.raisedAt) / 1000,
    ...(asked.note === null ? {} : { note: asked.note }),
  };
  return { notices: put(notices, now), written: [toldOf(now, 'notice.acknowledged', asked.by, more)] };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const isOpen = ({ acknowledged }: Notice): boolean => acknowledged === null;
const isOld = (acknowledged: Notice['acknowledged'], at: Time): boolean =>
  acknowledged !== null && at - acknowledged.at > shownMs;
const chaseAt = ({ raisedAt, chased }: Notice, everySeconds: number): Time =>
  raisedAt + (chased + 1) * everySeconds * 1000;

/** The newest fact about a notice tells all of it. */
const toldOf = (notice: Notice, type: string, actor: string, more: Readonly<Record<string, unknown>>) => ({
  call: notice.call,
  platform: notice.platform,
  fact: {
    type,
    actor,
    data: {
      about: aboutNotice(notice.call, notice.platform),
      platform: notice.platform,
      ...tagOf(notice),
      raisedAt: new Date(notice.raisedAt).toISOString(),
      raisedBy: notice.raisedBy,
      ...more,
    },
  },
});
