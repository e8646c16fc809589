// What is left when a part dies: the server killed or hung, Asterisk, PostgreSQL, Valkey, everything. Real parts, real phones.
// The stories are in survival/; they must not look into the server: phones are heard, Asterisk's witness and the ledger tell.
import t from 'tap';
import type { Test } from 'tap';
import { Outage } from './outage.ts';
import { quick, Scene } from './scene.ts';
import { hungServer, noServer, waitWithoutServer } from './survival/no-server.ts';
import { allPagesDrop, crashingPage } from './survival/pages.ts';
import { killedAll, withoutPostgres, withoutValkey } from './survival/part-gone.ts';
import { deadManSeconds } from './survival/people.ts';
import type { People } from './survival/people.ts';
import { actedWhileAway, calledAgain, endedInGap, restartMidway, spoiledCall } from './survival/restart.ts';
import { forcedOff, leftAlone } from './survival/seat-gone.ts';

t.setTimeout(600_000);
const scene = await Scene.start({
  change: (site) => {
    quick(site);
    Object.assign(site.timers, {
      deadManSeconds,
      transferSeatSeconds: 40,
      transferLineSeconds: 40,
      offerSeconds: 40,
    });
  },
});
const { city } = scene;
t.teardown(() => scene.stop());
const people: People = {
  scene,
  city,
  outage: new Outage(city),
  first: await city.staff('1001'),
  second: await city.staff('1002', { ready: false }),
  police: await city.staff('3001', { autoAnswer: false, ready: false }),
  refuses: await city.staff('3002', { autoAnswer: false, ready: false }),
  third: await city.staff('1003', { ready: false }),
};

const stories: readonly (readonly [title: string, story: (t: Test, people: People) => Promise<void>])[] = [
  [
    'SV1 no server: a static seat rings; afterwards the ledger has the call, the seat and the true end',
    noServer,
  ],
  [
    'F1 kill -9: a talk ended in the gap has its true end, its seat its wrap-up; one that goes on is taken up',
    endedInGap,
  ],
  [
    'OF9 kill -9: who calls again is given to the seat that had it, before the restart or over it',
    calledAgain,
  ],
  [
    'SV2 SV3 a hung server: who waits reaches a static seat, talkers are untouched; back, the others have their place',
    hungServer,
  ],
  [
    'SV3 no server: callers wait with the static seats, and come back in the order of their arrival',
    waitWithoutServer,
  ],
  [
    'CL2 SV2 a seat hangs up while the server is killed: its caller alone reaches a static seat; who talks with others talks on',
    (t, people) => leftAlone(t, people, 'killed'),
  ],
  [
    'CL2 SV2 a seat hangs up while the server is hung: its caller alone reaches a static seat; who talks with others talks on',
    (t, people) => leftAlone(t, people, 'hung'),
  ],
  [
    'TR12 kill -9 while a transfer rings, in three-way, queued, offering: all goes on, no phone rings twice',
    restartMidway,
  ],
  [
    'TR12 answered, refused, hung up while the server is away: each has its consequence when it is back',
    actedWhileAway,
  ],
  [
    'CL2 a saved call that cannot be run any more: its caller goes to a static seat, the others are taken up',
    spoiledCall,
  ],
  ['R18 a supervisor forces a seat off its call: the caller waits again, the seat is free', forcedOff],
  [
    'F21 a page that goes down with each call is parked after three; each caller is with the next seat',
    crashingPage,
  ],
  ['F22 every page drops and comes back: nobody is signed out, who talks talks on', allPagesDrop],
  [
    'SV6 F8 PostgreSQL dead for ten seconds: calls come, talk and end, commands are taken; then all is there once, in order',
    withoutPostgres,
  ],
  ['SV7 F9 F10 Valkey wiped, then dead: calls go on, the views are right again within 3 s', withoutValkey],
  [
    'SV8 SV5 kill -9 of everything: what was answered 202 is in the ledger; the caller is owed a call',
    killedAll,
  ],
];
for (const [title, story] of stories) await t.test(title, (t) => story(t, people));
