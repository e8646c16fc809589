// The seats of a site, with what was last kept of each: who was signed in and ready stays so over a restart (SV4, F22).
// It must not trust what a kept seat says of calls: those are told anew by the calls themselves.
import { newSeat } from '../domain/acd/floor.ts';
import type { Seat } from '../domain/acd/floor.ts';
import { expertLevel } from '../domain/call/rules.ts';
import type { Site } from '../protocol/site.ts';
import type { SeatView } from '../protocol/views.ts';
import type { Time } from '../protocol/words.ts';

export function seatsOf(site: Site, kept: readonly SeatView[], at: Time): readonly Seat[] {
  const before = new Map(kept.map((view) => [view.id, view]));
  return site.seatGroups.flatMap((group) =>
    Array.from({ length: Math.max(0, group.to - group.from + 1) }, (_, n) => {
      const id = String(group.from + n);
      const seat = newSeat(
        {
          id,
          platform: group.platform,
          group: group.id,
          remote: group.remote,
          endpoint: group.over ? `PJSIP/${group.over.number}@trunk-${group.over.trunk}` : `PJSIP/${id}`,
          ...(group.over ? { unattended: true } : {}),
          queues: group.queues,
          ...expertise(site, id, group.queues),
        },
        at,
      );
      // Nobody signs these in: they may be used whenever their group is borrowed and the trunk answers.
      if (group.over) return { ...seat, status: 'ready', phone: 'registered' };
      const view = before.get(id);
      if (!view || view.status === 'offline') return seat;
      const wrapUpUntil =
        view.state === 'wrap-up' && view.wrapUpUntil !== undefined ? Date.parse(view.wrapUpUntil) : null;
      return {
        ...seat,
        status: view.status,
        reason: view.reason ?? null,
        notResponding: view.notResponding,
        ...(view.device === undefined ? {} : { device: view.device }),
        version: view.version,
        idleSince: view.state === 'idle' ? Date.parse(view.since) : at,
        // Time already spent in wrap-up counts on.
        ...(wrapUpUntil === null
          ? {}
          : {
              state: 'wrap-up' as const,
              wrapUpUntil,
              owesTag: view.owesTag ?? false,
              call: view.call ?? null,
            }),
      };
    }),
  );
}

/** An expert takes ordinary calls too, after the others (R14). */
function expertise(site: Site, id: string, queues: readonly string[]): Pick<Seat, 'skills' | 'tiers'> {
  const experts = site.experts.filter(({ seats }) => seats.includes(id));
  if (experts.length === 0) return {};
  return {
    skills: Object.fromEntries(experts.map((expert) => [expert.id, expertLevel])),
    tiers: Object.fromEntries(queues.map((queue) => [queue, 1])),
  };
}
