// One city as data: the shape of site/<city>/site.json, checked before it takes effect (G21, R17).
// It must not read files; adapters/system/site.ts does.
import { z } from 'zod';
import { SilentCall } from './desk.ts';
import { MarksChange, changedMarks, crossing } from './overflow.ts';
import type { Marks } from './overflow.ts';
import { LineId, Platform, QueueId, SeatId } from './words.ts';

const seconds = z.number().positive().max(86_400);

/** One digit of a telephone. */
const digit = z.string().regex(/^[0-9*#]$/);
/** A place that is kept while the caller hangs up, and the call back when its turn has come. */
export const SiteCallBack = z.strictObject({
  digit: digit.default('1'),
  /** The way out to the public network. */
  trunk: z.string(),
  /** Offered to who waited this long. */
  afterSeconds: seconds.default(30),
  ringSeconds: z.number().positive().max(60).default(25),
  attempts: z.int().min(1).max(5).default(2),
  againSeconds: seconds.default(120),
  /** Then it is on the call-back list, for a person. */
  expireSeconds: seconds.default(3600),
});
/** What a caller is told while it waits. Not for a platform that keeps its callers on ringing (OF7). */
export const SiteWaiting = z.strictObject({
  firstSeconds: seconds.default(10),
  everySeconds: seconds.default(30),
  /** Beyond these no number is spoken. */
  mostPlace: z.int().min(1).max(100).default(20),
  mostMinutes: z.int().min(1).max(60).default(15),
  callBack: SiteCallBack.optional(),
});
/** One question to a caller whose seat has left (R14). */
export const SiteSatisfaction = z.strictObject({
  /** How long the caller may take to press; then the call ends. */
  seconds: z.number().min(2).max(60).default(10),
  least: z.int().min(0).max(9).default(1),
  most: z.int().min(0).max(9).default(5),
});
/** Sound files by name, in a folder that Asterisk can read; `{n}` is the number spoken. */
export const SitePrompts = z.strictObject({
  folder: z.string().default('/var/lib/asterisk/sounds/hotline'),
  place: z.string().default('place-{n}'),
  placeMany: z.string().default('place-many'),
  minutes: z.string().default('minutes-{n}'),
  callBackOffer: z.string().default('call-back-offer'),
  callBackKept: z.string().default('call-back-kept'),
  callBackHello: z.string().default('call-back-hello'),
  satisfaction: z.string().default('satisfaction'),
  /** Asks a caller who says nothing to press a key. */
  silence: z.string().default('silence'),
  thanks: z.string().default('thanks'),
});
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
  waiting: SiteWaiting.optional(),
  satisfaction: SiteSatisfaction.optional(),
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
  /** No people here: each number from-to is one call at a time over this trunk, so that the range is its limit (R10). */
  over: z.strictObject({ trunk: z.string(), number: z.string().regex(/^[0-9]{2,20}$/) }).optional(),
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
  /** RC1: how long a caller waits for the very seat it lost. */
  resumeSeconds: seconds.default(20),
});
export const SiteOverflowGroup = z.object({
  /** A remote group of `seatGroups`. */
  id: z.string(),
  /** Whose seats they are, for the statistics of both sides. */
  lender: z.string().optional(),
  /** 1: the supervisor may start it. 2: another city's, given by the region alone. */
  level: z.union([z.literal(1), z.literal(2)]).default(1),
  /** Registered by this file, for ever: for trunks, where nobody is there to register. */
  standing: z.boolean().default(false),
  preference: z.number().int().min(1).max(5).default(3),
});
const usualHigh: Marks = { oldestSeconds: 45, expectedSeconds: 60, perReadySeat: 1.5, dwellSeconds: 30 };
const usualLow: Marks = { oldestSeconds: 15, expectedSeconds: 20, perReadySeat: 0.5, dwellSeconds: 180 };
/** When seats run short (R10). The numbers are starting values, to be tuned with `npm run simulate`. */
export const SiteOverflow = z.object({
  high: MarksChange.default({}).transform((given) => changedMarks(usualHigh, given)),
  low: MarksChange.default({}).transform((given) => changedMarks(usualLow, given)),
  /** By rule: it starts at the high mark without waiting for a supervisor. */
  start: z.enum(['hand', 'rule']).default('hand'),
  /** By hand: at the low mark the end is only suggested. */
  end: z.enum(['hand', 'rule']).default('rule'),
  /** Borrowed for this long at least, before a rule gives it back. */
  minimumSeconds: seconds.default(600),
  /** Share of a lender's ready seats that stays free. */
  lenderFloor: z.number().min(0).max(0.9).default(0.2),
  /** How long a lender who wants to be asked may take. */
  consentSeconds: seconds.default(60),
  /** So long after the start, with so long a wait still, the region should be asked. */
  regionAfterSeconds: seconds.default(180),
  regionWaitSeconds: seconds.default(60),
  region: z.enum(['hand', 'rule']).default('hand'),
  regionDeadlineSeconds: seconds.default(600),
  groups: z.array(SiteOverflowGroup).default([]),
  /** What differs for one queue. */
  queues: z
    .record(
      QueueId,
      z.strictObject({
        high: MarksChange.optional(),
        low: MarksChange.optional(),
        start: z.enum(['hand', 'rule']).optional(),
        end: z.enum(['hand', 'rule']).optional(),
      }),
    )
    .default({}),
});
export const SiteNotices = z.strictObject({
  /** A major matter that nobody has acknowledged is chased this often (WR2). */
  chaseSeconds: seconds.default(30),
});
export const SiteNuisance = z.strictObject({
  /** A confirmed mark ranks the number last for so long. */
  termDays: z.int().min(1).max(365).default(30),
  /** A mark that nobody decides on lapses after so long. */
  proposalDays: z.int().min(1).max(90).default(7),
  /** How far back the score looks. */
  windowDays: z.int().min(1).max(365).default(30),
});
/** A citizen who calls again is given to the seat that had it, where that can be soon. */
export const SitePersonal = z.strictObject({
  /** So long after its talk with that seat; 0: never. */
  withinSeconds: z.number().min(0).max(86_400).default(1800),
  /** Waited for a busy seat at most; then anybody takes the call. Not where callers are kept on ringing (OF7). */
  waitSeconds: z.number().min(0).max(120).default(15),
});
/** Seats with knowledge of their own, asked by transfer, consultation or three-way under a name in the directory (R14). */
export const SiteExpert = z.strictObject({
  id: LineId,
  name: z.string(),
  queue: QueueId,
  /** They take the ordinary calls of their queues too, when no other seat is free. */
  seats: z.array(SeatId).min(1),
});
export const SiteSecondFactor = z.strictObject({
  /** Roles that get no session without a one-time code. Whoever else has enrolled is asked for one too. */
  requiredFor: z.array(z.enum(['seat', 'supervisor', 'auditor', 'administrator'])).default([]),
});
/** An address that answers challenges wrongly so often is told of, as somebody who guesses at phones' secrets (A4). */
export const SiteGuard = z.strictObject({
  guesses: z.int().min(3).max(1000).default(20),
  withinSeconds: z.int().min(1).max(3600).default(60),
  quietSeconds: z.int().min(1).max(86_400).default(600),
});
export const SiteRecording = z.strictObject({
  on: z.boolean().default(false),
  /** Files older than this are deleted, each with a fact. */
  keepDays: z.int().positive().default(180),
  /** How far back a seat may hear its live caller again; 0: not at all. */
  replaySeconds: z.int().min(0).max(600).default(120),
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
    overflow: SiteOverflow.prefault({}),
    recording: SiteRecording.prefault({}),
    notices: SiteNotices.prefault({}),
    nuisance: SiteNuisance.prefault({}),
    personal: SitePersonal.prefault({}),
    experts: z.array(SiteExpert).default([]),
    secondFactor: SiteSecondFactor.prefault({}),
    silentCall: SilentCall.prefault({}),
    guard: SiteGuard.prefault({}),
    prompts: SitePrompts.prefault({}),
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
    site.platforms.forEach((platform, n) => {
      const { waiting, satisfaction, answerWaiting } = platform;
      const message = 'OF7: a platform that keeps its callers on ringing has no menus';
      if (answerWaiting === 'ringing' && (waiting ?? satisfaction))
        context.addIssue({ code: 'custom', message, path: ['platforms', n, 'waiting'] });
      if (waiting?.callBack && !trunks.has(waiting.callBack.trunk))
        miss(`trunk ${waiting.callBack.trunk}`, ['platforms', n, 'waiting', 'callBack', 'trunk']);
    });
    site.queues.forEach(
      (queue, n) =>
        !platforms.has(queue.platform) && miss(`platform ${queue.platform}`, ['queues', n, 'platform']),
    );
    site.seatGroups.forEach((group, n) =>
      group.queues.forEach(
        (queue) => !queues.has(queue) && miss(`queue ${queue}`, ['seatGroups', n, 'queues']),
      ),
    );
    site.seatGroups.forEach((group, n) => {
      if (!group.over) return;
      if (!trunks.has(group.over.trunk))
        miss(`trunk ${group.over.trunk}`, ['seatGroups', n, 'over', 'trunk']);
      if (!group.remote)
        context.addIssue({
          code: 'custom',
          message: 'a group over a trunk must be remote: its calls come by overflow alone',
          path: ['seatGroups', n, 'remote'],
        });
    });
    const remote = new Set(site.seatGroups.filter((group) => group.remote).map((group) => group.id));
    site.overflow.groups.forEach(
      (group, n) =>
        !remote.has(group.id) && miss(`remote group ${group.id}`, ['overflow', 'groups', n, 'id']),
    );
    const { high, low } = site.overflow;
    const noCrossing = (at: string[], up: Marks, down: Marks) => {
      const crossed = crossing(up, down);
      if (crossed === null) return;
      const message = `marks-cross: low.${crossed} must lie under high.${crossed}`;
      context.addIssue({ code: 'custom', message, path: ['overflow', ...at, 'low', crossed] });
    };
    noCrossing([], high, low);
    for (const [queue, policy] of Object.entries(site.overflow.queues)) {
      if (!queues.has(queue)) miss(`queue ${queue}`, ['overflow', 'queues', queue]);
      noCrossing(['queues', queue], changedMarks(high, policy.high), changedMarks(low, policy.low));
    }
    const lines = new Set(site.lines.map((line) => line.id));
    site.experts.forEach((expert, n) => {
      if (!queues.has(expert.queue)) miss(`queue ${expert.queue}`, ['experts', n, 'queue']);
      if (lines.has(expert.id))
        context.addIssue({ code: 'custom', message: 'a line has this id', path: ['experts', n, 'id'] });
      lines.add(expert.id);
      expert.seats.forEach((seat, at) => {
        const group = site.seatGroups.find(({ from, to }) => from <= Number(seat) && Number(seat) <= to);
        if (group?.queues.includes(expert.queue) !== true)
          miss(`seat ${seat} of queue ${expert.queue}`, ['experts', n, 'seats', at]);
      });
    });
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
export type SiteCallBack = z.infer<typeof SiteCallBack>;
export type SitePrompts = z.infer<typeof SitePrompts>;
