// Tickets as a pure machine: deadlines, who may, moves between platforms, and from the facts of a call to its tickets.
// It must not need a server.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { decideTicket } from '../../server/domain/ticket/decide.ts';
import { isOverdue, nextDue } from '../../server/domain/ticket/due.ts';
import { ordersOf, tagText } from '../../server/domain/ticket/from-call.ts';
import type { FromCall } from '../../server/domain/ticket/from-call.ts';
import type { TicketInput } from '../../server/domain/ticket/inputs.ts';
import { storyOf } from '../../server/domain/ticket/intake.ts';
import { open } from '../../server/domain/ticket/opening.ts';
import type { TicketBook } from '../../server/domain/ticket/rules.ts';
import { comparedText, termsOf, wantedOf } from '../../server/domain/ticket/words.ts';
import { creditCodeCheck, isCreditCode } from '../../server/protocol/credit-code.ts';
import type { Fact } from '../../server/protocol/facts.ts';
import { Catalogue, Regions, TicketRules, Units } from '../../server/protocol/reference.ts';
import { Ticket } from '../../server/protocol/ticket.ts';
import type { TicketCommand } from '../../server/protocol/ticket.ts';
import type { Actor } from '../../server/protocol/words.ts';

const site = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../site/qinzhou/${name}.json`, import.meta.url), 'utf8'));
const units = Units.parse(site('units')).units;
const rules = TicketRules.parse(site('ticket-rules'));
const regions = Regions.parse(site('regions')).regions;
const book: TicketBook = {
  rules,
  platforms: ['12345', '110'],
  unit: (code) => units.find((unit) => unit.code === code),
  hasRegion: (code) => regions.some((region) => region.code === code),
  hasItem: () => true,
};
const actor = (user: string, role: Actor['role'], platform: string | null): Actor => ({
  user,
  role,
  platform,
  seat: role === 'seat' ? user : null,
});
const seat = actor('1001', 'seat', '12345');
const officer = actor('3001', 'seat', '110');
const chief = actor('sup-12345', 'supervisor', '12345');
const system = actor('system', 'system', null);
const unit = units.find(({ emergencyTeam }) => emergencyTeam)?.code ?? '';
const start = Date.parse('2026-11-22T02:00:00.000Z');
const minute = 60_000;
let made = 0;
const identity = () => ({ id: `t-${(made += 1)}`, serial: `20261122-${made}` });

const opened = (cls: 'general' | 'urgent' | 'major' = 'general', pushed?: 'push') => {
  const answer = open(book, {
    identity: identity(),
    platform: '12345',
    actor: '1001',
    at: start,
    wish: {
      class: cls,
      source: 'internet',
      item: '',
      region: '450702',
      place: '',
      summary: '测试',
      confidential: false,
      policeAttended: false,
    },
    ...(pushed === undefined ? {} : { pushed }),
  });
  if (!answer.ok) throw new Error(answer.code);
  return answer.state;
};
const ask = (ticket: Ticket, command: TicketCommand, who = seat, at = start) =>
  decideTicket(book, ticket, { type: 'command', actor: who, command, next: identity(), at });
const must = (ticket: Ticket, command: TicketCommand, who = seat, at = start): Ticket => {
  const answer = ask(ticket, command, who, at);
  if (!answer.ok) throw new Error(`${command.name}: ${answer.code}`);
  return answer.state;
};
const none = { name: 'accept', body: {} } as const;

void t.test('R12 GB 32100: the check digit of a unified social credit code', (t) => {
  t.ok(isCreditCode('91350100M000100Y43'), "the standard's own example");
  t.equal(creditCodeCheck('91350100M000100Y4'), '3');
  for (const wrong of ['91350100M000100Y44', '91350100M000100Y4', '91350100M00O100Y43', '91350100m000100y43'])
    t.notOk(isCreditCode(wrong), wrong);
  t.ok(units.every(({ code }) => isCreditCode(code)));
  // A single mistyped character, or two neighbours swapped, is always found.
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 16 }),
      fc.constantFrom(...Array.from('0123456789ABCDEFGHJKLMNPQRTUWXY')),
      (at, to) => {
        const code = '91350100M000100Y43';
        const typed = code.slice(0, at) + to + code.slice(at + 1);
        return typed === code || !isCreditCode(typed);
      },
    ),
  );
  t.end();
});

void t.test('R27 the catalogue holds every item of annex 2', (t) => {
  const plan = Catalogue.parse(site('catalogue'));
  const to = (line: string) =>
    plan.groups.filter((group) => 'lines' in group.to && group.to.lines.includes(line));
  t.equal(plan.groups.filter((group) => 'platform' in group.to && group.to.platform === '12345').length, 18);
  for (const line of ['12313', '12395', '12348', 'telecom', 'locksmith', 'power', 'water', 'gas'])
    t.equal(to(line).length, 1, line);
  t.equal(plan.groups.flatMap(({ items }) => items).length, 119);
  t.end();
});

void t.test('R9 emergency: reminder before, alarm after each deadline; done late stays late', (t) => {
  let ticket = must(must(opened('urgent'), none), { name: 'assign', body: { unit } });
  const facts: string[] = [];
  for (let at = start; at <= start + 130 * minute; at += minute) {
    const answer = decideTicket(book, ticket, { type: 'due', at });
    if (!answer.ok) throw new Error(answer.code);
    facts.push(
      ...answer.facts.map(({ type, data }) => `${(at - start) / minute} ${type} ${String(data['deadline'])}`),
    );
    ticket = answer.state;
  }
  t.same(facts, [
    '21 ticket.deadline-near sign',
    '30 ticket.deadline-missed sign',
    '81 ticket.deadline-near on-site',
    '120 ticket.deadline-missed on-site',
  ]);
  t.ok(isOverdue(ticket), 'on the supervision list');
  const late = must(ticket, { name: 'sign', body: {} }, system, start + 131 * minute);
  t.match(
    late.deadlines.find(({ name }) => name === 'sign'),
    { missed: true, metAt: String },
  );
  const inTime = must(
    must(must(opened('urgent'), none), { name: 'assign', body: { unit } }),
    { name: 'sign', body: {} },
    system,
    start + 31 * minute,
  );
  t.ok(
    inTime.deadlines.find(({ name }) => name === 'sign')?.missed,
    'late without a scan in between is late, too',
  );
  t.end();
});

void t.test(
  'R23 what is not acknowledged is chased, ever more seldom, and a long stop pours out nothing',
  (t) => {
    let ticket = opened('general', 'push');
    let chased = 0;
    for (let at = start; at < start + 10 * minute; at += 1000) {
      const answer = decideTicket(book, ticket, { type: 'due', at });
      if (!answer.ok) throw new Error(answer.code);
      chased += answer.facts.filter(({ type }) => type === 'ticket.unacknowledged').length;
      ticket = answer.state;
    }
    t.equal(chased, 4, 'after 30, 90, 210 and 450 s');
    const after = decideTicket(book, ticket, { type: 'due', at: start + 5 * 86_400_000 });
    t.ok(after.ok && after.facts.filter(({ type }) => type === 'ticket.unacknowledged').length === 1);
    t.ok(
      after.ok && (nextDue(book, after.state) ?? 0) > start + 5 * 86_400_000,
      'and the next look is in the future',
    );
    const taken = must(ticket, none, seat, start + 11 * minute);
    t.match(taken.receipts, [{ acknowledgedAt: String, by: '1001' }]);
    t.end();
  },
);

void t.test('R5 R8 R11 R20 who may do what', (t) => {
  const ticket = must(opened(), none);
  const handed = must(ticket, { name: 'handover', body: { to: '110' } });
  t.match(ask(handed, none), { ok: false, code: 'forbidden' });
  t.match(ask(handed, { name: 'handover', body: { to: '12345' } }, officer), { code: 'transfer-loop' });
  t.match(ask(ticket, { name: 'handover', body: { to: '12345' } }), { code: 'already-so' });
  t.match(ask(ticket, { name: 'handover', body: { to: '119' } }), { code: 'unknown-target' });
  t.match(ask(ticket, { name: 'assign', body: { unit: '91350100M000100Y43' } }), { code: 'unknown-unit' });
  t.match(ask(ticket, none, actor('audit', 'auditor', null)), { code: 'forbidden' });
  t.match(ask(ticket, none, officer), { code: 'forbidden' }, 'a platform without a part');
  const disputed = must(handed, { name: 'dispute', body: { reason: 'x' } }, officer);
  t.match(ask(disputed, { name: 'dispute-decide', body: { platform: '110', note: 'y' } }), {
    code: 'forbidden',
  });
  must(disputed, { name: 'dispute-decide', body: { platform: '110', note: 'y' } }, chief);
  const escalation = ask(ticket, { name: 'escalate', body: { reason: '扬言' } }, system);
  t.match(escalation, { ok: true, state: { state: 'escalated' } });
  t.ok(escalation.ok);
  if (escalation.ok) {
    const [linked] = escalation.effects;
    t.match(linked, {
      type: 'open',
      opened: {
        state: {
          platform: '110',
          class: 'urgent',
          source: 'unit',
          receipts: [{ to: '110', kind: 'escalation' }],
        },
      },
    });
    t.match(ask(escalation.state, { name: 'escalate', body: { reason: 'z' } }), { code: 'already-so' });
  }
  t.end();
});

void t.test('any order of any commands: the schema holds, versions grow by one, closed is final', (t) => {
  const commands: readonly TicketCommand[] = [
    none,
    { name: 'assign', body: { unit } },
    { name: 'sign', body: {} },
    { name: 'on-site', body: {} },
    { name: 'feedback', body: { text: 'x' } },
    { name: 'close', body: { resolution: 'x' } },
    { name: 'return', body: { reason: 'x', disputed: true } },
    { name: 'handover', body: { to: '110', reason: 'x' } },
    { name: 'handover', body: { to: '12345', reason: 'x' } },
    { name: 'escalate', body: { reason: 'x' } },
    { name: 'joint', body: { unit } },
    { name: 'amend', body: { class: 'major' } },
    { name: 'amend', body: { class: 'general' } },
  ];
  const seen = new Set<string>();
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.constantFrom(...commands),
          fc.constantFrom(seat, officer, chief, system),
          fc.integer({ min: -5, max: 90 }),
        ),
        { maxLength: 40 },
      ),
      (acts) => {
        let ticket = opened('urgent');
        let at = start;
        for (const [command, who, minutes] of acts) {
          at += minutes * minute;
          for (const input of [
            { type: 'due', at },
            { type: 'command', actor: who, command, next: identity(), at },
          ] as TicketInput[]) {
            const before = ticket;
            const answer = decideTicket(book, before, input);
            if (!answer.ok) continue;
            ticket = answer.state;
            seen.add(ticket.state);
            if (!Ticket.safeParse(ticket).success) return false;
            if (before.state === 'closed' && ticket.state !== 'closed') return false;
            if (ticket !== before && ticket.version !== before.version + 1) return false;
            if (Date.parse(ticket.changedAt) < Date.parse(before.changedAt)) return false;
          }
        }
        return true;
      },
    ),
    {
      numRuns: 1500,
      // Walks that pass every state, so that the random ones need not be lucky.
      examples: [
        [[0, 1, 2, 3, 4, 5].map((n) => [commands[n] ?? none, n >= 2 && n <= 4 ? system : seat, 1])],
        [[0, 9].map((n) => [commands[n] ?? none, seat, 1])],
        [[0, 1, 6].map((n) => [commands[n] ?? none, seat, 1])],
      ],
    },
  );
  t.equal(seen.size, 9, 'every state was reached');
  t.end();
});

const fact = (sequence: number, type: string, data: Record<string, unknown>, platform = '12345'): Fact => ({
  sequence,
  type,
  time: new Date(start + sequence * 1000).toISOString(),
  call: 'c',
  platform,
  actor: '1001',
  data,
});
/** The intake as the store runs it: facts up to here, the tickets there are, orders carried out. */
function intake(facts: readonly Fact[], cuts: readonly number[]): readonly FromCall[] {
  const present: FromCall[] = [];
  for (const upTo of [...cuts, facts.length]) {
    const story = storyOf('c', facts.slice(0, upTo));
    for (const order of ordersOf(book, story, [...present], identity)) {
      const tag = story.tag ? tagText(story.tag) : '';
      if (order.type === 'open') present.push({ ticket: order.opened.state, slot: order.slot, tag });
      else {
        const n = present.findIndex(({ ticket }) => ticket.id === order.ticket);
        const there = present[n];
        const answer = there && decideTicket(book, there.ticket, order.input);
        if (answer?.ok && there)
          present[n] = {
            ticket: answer.state,
            slot: order.slot === '' ? there.slot : order.slot,
            tag: order.slot === '' ? there.tag : tag,
          };
      }
    }
  }
  return present;
}
const tag = { class: 'general', item: '', region: '', place: '', summary: 's' };

void t.test(
  'WR3 R2 R4 from facts to tickets: transfer carries it, both gives a linked pair, danger goes to 110',
  (t) => {
    const arrived = [
      fact(1, 'call.arrived', { number: '13800000001' }),
      fact(2, 'call.answered', { seat: '1001', platform: '12345', firstReceiver: '12345' }),
      fact(3, 'call.tagged', tag),
    ];
    const transfer = fact(4, 'transfer.accepted', { seat: '3001', platform: '110', line: null });
    t.match(intake(arrived, []), [{ slot: '12345', ticket: { state: 'accepted', acceptedBy: '1001' } }]);
    t.match(intake([...arrived, transfer], [3]), [
      {
        slot: '110',
        ticket: { platform: '110', state: 'accepted', acceptedBy: '3001', originPlatform: '12345' },
      },
    ]);
    t.equal(intake([...arrived, transfer], [3]).length, 1);
    t.match(
      intake([...arrived, fact(4, 'transfer.accepted', { seat: null, platform: null, line: '119' })], [3]),
      [{ slot: '12345' }],
    );
    const joined = fact(4, 'threeway.joined', { seat: '3001', platform: '110' });
    const both = fact(5, 'outcome.decided', {
      acceptedBy: 'both',
      proposals: { '12345': 'both', '110': 'both' },
    });
    const pair = intake([...arrived, joined, both], [3]);
    t.match(pair, [
      { slot: '12345', ticket: { platform: '12345', links: [{ kind: 'joint' }] } },
      { slot: '110', ticket: { platform: '110', acceptedBy: '3001', links: [{ kind: 'joint' }] } },
    ]);
    const danger = intake([...arrived, fact(4, 'outcome.decided', { acceptedBy: '110', by: 'danger' })], [3]);
    t.match(danger, [
      { slot: '110', ticket: { platform: '110', state: 'new', receipts: [{ to: '110', kind: 'push' }] } },
    ]);
    const taken = intake(
      [
        ...arrived,
        fact(4, 'outcome.decided', { acceptedBy: '110', by: 'danger' }),
        { ...transfer, sequence: 5 },
      ],
      [3, 4],
    );
    t.match(taken, [{ slot: '110', ticket: { state: 'accepted', acceptedBy: '3001' } }]);
    t.end();
  },
);

void t.test('WR3 any history, cut anywhere, any batch twice: one ticket per accepting platform', (t) => {
  const kinds = fc.oneof(
    fc
      .constantFrom('12345', '110')
      .map((p) => ['call.reanswered', { seat: 's', platform: p, firstReceiver: '12345' }] as const),
    fc.constantFrom('12345', '110').map((p) => ['transfer.accepted', { seat: 's', platform: p }] as const),
    fc
      .constantFrom('12345', '110', 'both')
      .map((p) => ['outcome.decided', { acceptedBy: p, proposals: { '12345': p, '110': p } }] as const),
    fc.constantFrom('a', 'b').map((summary) => ['call.tagged', { ...tag, summary }] as const),
    fc.constantFrom(['call.guided', {}] as const, ['call.left-untagged', { seat: 's' }] as const),
  );
  fc.assert(
    fc.property(fc.array(kinds, { maxLength: 12 }), fc.array(fc.nat(15)), (middle, cuts) => {
      const facts = [
        ['call.arrived', { number: '1' }] as const,
        ['call.answered', { seat: '1001', platform: '12345', firstReceiver: '12345' }] as const,
        ...middle,
        ['call.ended', { answered: true, number: '1' }] as const,
      ].map(([type, data], n) => fact(n + 1, type, data));
      const sorted = [...cuts].sort((a, b) => a - b).map((cut) => Math.min(cut, facts.length));
      const present = intake(facts, [...sorted, facts.length, facts.length]);
      const story = storyOf('c', facts);
      const slots = present.map(({ slot }) => slot);
      if (new Set(slots).size !== slots.length) return false;
      if (story.tag === null)
        return (
          present.length === 0 && (story.untagged !== null || middle.some(([type]) => type === 'call.guided'))
        );
      return (
        story.holders.every(({ platform }) => slots.includes(platform)) &&
        present.every(({ ticket }) => ticket.summary === story.tag?.summary)
      );
    }),
    { numRuns: 3000 },
  );
  t.end();
});

void t.test(
  'R13 words: two characters are found, Latin words by their beginnings, the rest is compared',
  (t) => {
    t.same(wantedOf('噪音'), { terms: ['噪音'], texts: [] });
    t.same(wantedOf('噪'), { terms: [], texts: ['噪'] }, 'one character is no pair');
    t.same(wantedOf('施工噪音 KTV'), { terms: ['施工', '工噪', '噪音', 'ktv'], texts: ['施工噪音'] });
    t.same(wantedOf('第7号'), { terms: ['7'], texts: ['第7号'] }, 'as it was typed, where pairs cannot tell');
    t.same(wantedOf('20261122-0000007').terms, ['2026112', '0000007']);
    t.same(wantedOf("'; --"), { terms: [], texts: [] });
    const terms = termsOf(['夜间施工噪音，ＫＴＶ太吵', '桂N12345'], '20261122-0000007');
    for (const word of ['施工', '噪音', 'ktv', 'n12', 'n12345', '2026112', '0000007'])
      t.ok(terms.includes(word), word);
    for (const word of ['音', 'kt', '202']) t.notOk(terms.includes(word), word);
    t.equal(comparedText('ＫＴＶ', '向阳街'), 'ktv\n向阳街');
    t.end();
  },
);
