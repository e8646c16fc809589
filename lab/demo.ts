// `npm run demo`: a city's morning on the running stack: callers, seats answering by themselves, transfers both ways, a
// three-way, a storm that saturates 12345 and the overflow that drains it. It must not do anything a person with an account could not.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Desk } from './desk.ts';
import { DemoOverflow } from './demo-overflow.ts';
import type { Json } from './desk.ts';
import { explain, LabFailure } from './failure.ts';
import { Sipp } from './phones/sipp.ts';
import { Softphone } from './phones/softphone.ts';
import { rootFileSystem } from './root-file-system.ts';
import { readSettings } from './settings.ts';

const say = (line: string): void => console.log(`${new Date().toLocaleTimeString('en-GB')}  ${line}`);
const { values } = parseArgs({
  options: {
    help: { type: 'boolean' },
    minutes: { type: 'string', default: '3' },
    storm: { type: 'boolean', default: true },
    overflow: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
if (values.help === true) {
  console.log(`npm run demo [-- --minutes N] [--no-storm] [--no-overflow]

Plays a city's morning on the stack that \`npm run up\` runs (same HOTLINE_… environment): four seats of 12345 and two of
110 with real phones, callers from the public trunk, transfers, a three-way, then a storm. When the storm has saturated
12345 its supervisor starts the overflow that is suggested: two remote seats of Nanning, registered for it, and Nanning's
own hotline behind the trunk at 127.0.0.4 take calls, until it drains. For that the demo sets 12345's marks low, and puts
them back at its end. About ${values.minutes} minutes.`);
  process.exit(0);
}

/** A seat's person: answers (the phone does), tags, sometimes hands over, ends the wrap-up. */
class Person {
  readonly desk: Desk;
  readonly phone: Softphone;
  private done = new Set<string>();
  private handled = 0;

  constructor(desk: Desk, phone: Softphone) {
    this.desk = desk;
    this.phone = phone;
  }

  /** One look at its desk, and what it does about what it sees. */
  async look(): Promise<void> {
    const seat = (await this.desk.get(`/seats/${this.desk.user}`)).body;
    if (seat['state'] === 'wrap-up') {
      if (typeof seat['call'] === 'string')
        await this.desk.request('PUT', `/calls/${seat['call']}/tag`, { class: 'general', summary: '已办结' });
      await this.desk.post(`/seats/${this.desk.user}/wrap-up/finish`);
      return;
    }
    if (seat['state'] !== 'talking' || typeof seat['call'] !== 'string' || this.done.has(seat['call']))
      return;
    this.done.add(seat['call']);
    await this.work(seat['call'], String(seat['platform']));
  }

  private async work(call: string, platform: string): Promise<void> {
    this.handled += 1;
    const urgent = this.handled % 3 === 0;
    await this.desk.request('PUT', `/calls/${call}/tag`, {
      class: urgent ? 'urgent' : 'general',
      item: '',
      place: '钦南区',
      summary: urgent ? '路口有人打架' : '路灯不亮',
    });
    const other = platform === '110' ? '12345' : '110';
    if (urgent) {
      say(`${this.desk.user} hands its caller to ${other} with one click`);
      await this.desk.post(`/calls/${call}/transfer`, { to: { line: other }, note: '请接听' });
    } else if (this.handled % 5 === 0) {
      say(`${this.desk.user} makes a three-way with ${other}`);
      await this.desk.post(`/calls/${call}/three-way`, { to: { line: other } });
      await sleep(3000);
      await this.desk.post(`/calls/${call}/outcome`, { acceptedBy: platform });
    }
  }
}

async function staff(
  url: string,
  accounts: string,
  root: string,
  server: string,
  seat: string,
): Promise<Person> {
  const desk = await Desk.open(url, accounts, seat);
  const sip = await desk.signIn();
  const phone = await Softphone.start({
    root,
    server,
    user: sip.username,
    password: sip.password,
    autoAnswer: true,
    longestCallSeconds: 600,
  });
  await desk.ready();
  say(`seat ${seat} is ready`);
  return new Person(desk, phone);
}

async function play(): Promise<void> {
  const settings = readSettings([], process.env);
  if (!settings) return;
  const url = `http://${settings.http.host}:${settings.http.port}`;
  const up = await fetch(`${url}/readyz`).then(
    (answer) => answer.ok,
    () => false,
  );
  if (!up) throw new LabFailure(`Nothing answers at ${url}.`, 'Start the stack first: npm run up');
  const accounts = join(settings.stateFolder, 'accounts.json');
  const root = await rootFileSystem({ cacheFolder: settings.cacheFolder, report: say });
  const server = `${settings.sip.host}:${settings.sip.port}`;
  const people: Person[] = [];
  for (const seat of ['1001', '1002', '1003', '1004', '3001', '3002'])
    people.push(await staff(url, accounts, root, server, seat));
  const chief = await Desk.open(url, accounts, 'sup-12345');

  const overflow = values.overflow ? await DemoOverflow.prepare(chief, root, server, say) : undefined;
  if (overflow)
    for (const seat of ['2001', '2002']) people.push(await staff(url, accounts, root, server, seat));

  const minutes = Number(values.minutes);
  const end = Date.now() + minutes * 60_000;
  const callers = (service: string, rate: number, calls: number, talkMs: number) =>
    Sipp.start({
      root,
      scenario: 'caller',
      host: '127.0.0.2',
      server,
      service,
      rate,
      calls,
      pauseMs: talkMs,
      number: '139',
      echo: true,
    });
  say('the morning begins: a call to 12345 every four seconds, to 110 every eight');
  const running = [
    await callers('12345', 0.25, Math.ceil(minutes * 15), 9000),
    await callers('110', 0.12, Math.ceil(minutes * 7), 8000),
  ];
  let stormAt = values.storm ? Date.now() + minutes * 20_000 : Infinity;
  let told = 0;
  try {
    while (Date.now() < end) {
      await Promise.all(people.map((person) => person.look().catch((error: unknown) => say(String(error)))));
      if (Date.now() > stormAt) {
        stormAt = Infinity;
        say('a storm: three calls every two seconds to 12345');
        running.push(await callers('12345', 1.5, 40, 6000));
      }
      await overflow?.look();
      if (Date.now() - told > 5000) {
        told = Date.now();
        const queue = (await chief.get('/queues/12345')).body as {
          waiting?: number;
          oldestWaitSeconds?: number;
          seats?: Json;
          today?: Json;
        };
        say(
          `12345: ${queue.waiting ?? 0} waiting, oldest ${(queue.oldestWaitSeconds ?? 0).toFixed(0)} s, seats ${JSON.stringify(queue.seats)}, today ${JSON.stringify(queue.today)}`,
        );
      }
      await sleep(300);
    }
  } finally {
    for (const sipp of running) await sipp.stop();
    await overflow?.putBack();
    for (const person of people) {
      await person.desk.post(`/seats/${person.desk.user}/sign-out`);
      await person.phone.stop({ kill: true });
    }
  }
  say('the morning is over; everything of it can be read in the console and at /v1/calls');
}

try {
  await play();
  process.exit(0);
} catch (error) {
  console.error(explain(error));
  process.exit(1);
}
