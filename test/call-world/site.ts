// The small city the histories are played in: two platforms, a few seats, lines of every kind.
// It must not be read by anything but tests.
import { Site, SitePlatform } from '../../server/protocol/site.ts';
import { rulesOf } from '../../server/domain/call/rules.ts';

const queue = (id: string) => ({ id, platform: id, name: id });
const group = (id: string, from: number, to: number) => ({ id, platform: id, from, to, queues: [id] });
const line = (id: string, numbers: readonly string[], order: string, acceptance: string) => ({
  id,
  name: id,
  route: { trunk: 'foreign', numbers, order, acceptance },
});

export const site = Site.parse({
  id: 'model',
  name: 'model',
  region: '450700',
  platforms: [
    {
      id: '12345',
      name: '12345',
      queue: '12345',
      numbers: ['12345'],
      serviceLevelSeconds: 15,
      answerWaiting: 'music',
    },
    {
      id: '110',
      name: '110',
      queue: '110',
      numbers: ['110'],
      serviceLevelSeconds: 10,
      answerWaiting: 'ringing',
    },
  ],
  queues: [queue('12345'), queue('110')],
  seatGroups: [group('12345', 1001, 1020), group('110', 3001, 3010)],
  trunks: [{ id: 'foreign', direction: 'out', address: '127.0.0.3:5060' }],
  lines: [
    { id: '12345', name: '12345', route: { queue: '12345' } },
    { id: '110', name: '110', route: { queue: '110' } },
    line('119', ['119', '0771119'], 'in-order', 'answer'),
    line('water', ['96501', '96502', '96503'], 'together', 'answer'),
    line('court', ['12348'], 'in-order', 'key'),
    line('port', ['12395'], 'in-order', 'talk'),
  ],
  silentCall: {
    steps: ['again'],
    decisions: [
      { id: 'danger', name: '110' },
      { id: 'call-back', name: 'call back', closes: true },
    ],
  },
});
export const rules = rulesOf(site);
/** Callers of 12345 are told their place, may be called back, and are asked how it was. */
const spoken = {
  ...site,
  silentCall: { ...site.silentCall, keys: true },
  trunks: [...site.trunks, { id: 'citizens', direction: 'out' as const, address: '127.0.0.2:5060' }],
  platforms: site.platforms.map((platform) =>
    platform.id === '12345'
      ? SitePlatform.parse({
          ...platform,
          waiting: { firstSeconds: 5, everySeconds: 20, callBack: { trunk: 'citizens', afterSeconds: 6 } },
          satisfaction: {},
        })
      : platform,
  ),
};
export const spokenRules = rulesOf(spoken);
/** The stories are told without recordings; the histories, where nobody reads the orders, with them. */
export const recordedRules = rulesOf({ ...site, recording: { ...site.recording, on: true } });
export const everyRules = rulesOf({ ...spoken, recording: { ...site.recording, on: true } });
export const seats = [
  { id: '1001', platform: '12345' },
  { id: '1002', platform: '12345' },
  { id: '3001', platform: '110' },
  { id: '3002', platform: '110' },
];
