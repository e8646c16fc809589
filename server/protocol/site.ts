// One city as data: the shape of site/<city>/site.json, checked before it takes effect (G21, R17).
// It must not read files; adapters/system/site.ts does.
import { z } from 'zod';
import { LineId, Platform, QueueId } from './words.ts';

const seconds = z.number().positive().max(86_400);

export const SitePlatform = z.object({
  id: Platform,
  name: z.string(),
  queue: QueueId,
  numbers: z.array(z.string()).min(1),
  serviceLevelSeconds: seconds,
  /** How a waiting caller is kept: 12345 is answered with music; 110 hears ringing and never a menu (OF7). */
  answerWaiting: z.enum(['music', 'ringing']),
  /** A caller kept on ringing is answered (ringing in band) after this long, before the network gives up. */
  ringingAnswerSeconds: seconds.default(20),
});
export const SiteQueue = z.object({ id: QueueId, platform: Platform, name: z.string() });
export const SiteSeatGroup = z.object({
  id: z.string(),
  platform: Platform,
  remote: z.boolean().default(false),
  from: z.number().int(),
  to: z.number().int(),
  queues: z.array(QueueId),
  /** Fixed address of desk phones, `sip:{seat}@host:port`, where the phones do not register. */
  contact: z.string().optional(),
});
export const SiteTrunk = z.object({
  id: z.string(),
  direction: z.enum(['in', 'out', 'both']),
  address: z.string(),
});
export const SiteLine = z.object({
  id: LineId,
  name: z.string(),
  route: z.union([
    z.strictObject({ queue: QueueId }),
    z.strictObject({
      trunk: z.string(),
      numbers: z.array(z.string()).min(1),
      order: z.enum(['in-order', 'together']).default('in-order'),
      /** What counts as acceptance on this trunk (TR4). */
      acceptance: z.enum(['answer', 'key', 'talk']).default('answer'),
    }),
  ]),
});
export const SiteTimers = z.object({
  offerSeconds: seconds.default(12),
  coolDownSeconds: seconds.default(10),
  transferSeatSeconds: seconds.default(20),
  transferLineSeconds: seconds.default(30),
  wrapUpSeconds: seconds.default(60),
  outcomeSeconds: seconds.default(60),
  deadManSeconds: seconds.default(20),
});
export const Site = z
  .object({
    id: z.string(),
    name: z.string(),
    region: z.string(),
    platforms: z.array(SitePlatform).min(1),
    queues: z.array(SiteQueue).min(1),
    seatGroups: z.array(SiteSeatGroup),
    trunks: z.array(SiteTrunk),
    lines: z.array(SiteLine),
    timers: SiteTimers.prefault({}),
    maxSeatsPerCall: z.number().int().positive().default(3),
    maxParties: z.number().int().positive().default(6),
    /** CL9: watch that an answered leg sends sound. Off only where phones carry no media (load generators). */
    mediaWatch: z.boolean().default(true),
  })
  .superRefine((site, context) => {
    const queues = new Set(site.queues.map((queue) => queue.id));
    const trunks = new Set(site.trunks.map((trunk) => trunk.id));
    const platforms = new Set(site.platforms.map((platform) => platform.id));
    const miss = (what: string, path: (string | number)[]) =>
      context.addIssue({ code: 'custom', message: `unknown ${what}`, path });
    site.platforms.forEach(
      (platform, n) =>
        !queues.has(platform.queue) && miss(`queue ${platform.queue}`, ['platforms', n, 'queue']),
    );
    site.queues.forEach(
      (queue, n) =>
        !platforms.has(queue.platform) && miss(`platform ${queue.platform}`, ['queues', n, 'platform']),
    );
    site.seatGroups.forEach((group, n) =>
      group.queues.forEach(
        (queue) => !queues.has(queue) && miss(`queue ${queue}`, ['seatGroups', n, 'queues']),
      ),
    );
    site.lines.forEach((line, n) => {
      if ('queue' in line.route && !queues.has(line.route.queue))
        miss(`queue ${line.route.queue}`, ['lines', n, 'route', 'queue']);
      if ('trunk' in line.route && !trunks.has(line.route.trunk))
        miss(`trunk ${line.route.trunk}`, ['lines', n, 'route', 'trunk']);
    });
  });
export type Site = z.infer<typeof Site>;
export type SiteLine = z.infer<typeof SiteLine>;
export type SitePlatform = z.infer<typeof SitePlatform>;
