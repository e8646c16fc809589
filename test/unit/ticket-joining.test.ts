// Merge, split, duty roster, knowledge found: pure. It must not need a server.
import { readFileSync } from 'node:fs';
import t from 'tap';
import { gapsOf, shiftAt } from '../../server/domain/ticket/duty.ts';
import { decideTicket } from '../../server/domain/ticket/decide.ts';
import { find } from '../../server/domain/ticket/knowing.ts';
import { open } from '../../server/domain/ticket/opening.ts';
import { quarterOf } from '../../server/domain/ticket/reports.ts';
import type { TicketBook } from '../../server/domain/ticket/rules.ts';
import { spoken } from '../../server/adapters/system/reference.ts';
import type { KnowledgeEntry } from '../../server/protocol/knowledge.ts';
import { TicketRules, Units } from '../../server/protocol/reference.ts';
import type { Unit } from '../../server/protocol/reference.ts';
import type { Ticket, TicketCommand } from '../../server/protocol/ticket.ts';
import type { Actor } from '../../server/protocol/words.ts';

const site = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../site/qinzhou/${name}.json`, import.meta.url), 'utf8'));
const units = Units.parse(site('units')).units;
const team = units.find(({ emergencyTeam }) => emergencyTeam) as Unit;
const start = Date.parse('2026-11-22T02:00:00.000Z');
const seat: Actor = { user: '1001', role: 'seat', platform: '12345', seat: '1001' };
let made = 0;
const identity = () => ({ id: `t-${(made += 1)}`, serial: `20261122-${made}` });
const bookWith = (duty: Unit['duty']): TicketBook => ({
  rules: TicketRules.parse(site('ticket-rules')),
  platforms: ['12345', '110'],
  unit: (code) => (code === team.code ? { ...team, duty } : undefined),
  hasRegion: () => true,
  hasItem: () => true,
});
const book = bookWith([]);
const opened = (platform = '12345', call?: string): Ticket => {
  const answer = open(book, {
    identity: identity(),
    platform,
    actor: '1001',
    at: start,
    acceptedBy: '1001',
    wish: {
      class: 'general',
      source: 'phone',
      item: '',
      region: '450702',
      place: '向阳街',
      summary: '路灯不亮，又有噪音',
      confidential: false,
      policeAttended: false,
      ...(call === undefined ? {} : { call }),
    },
  });
  if (!answer.ok) throw new Error(answer.code);
  return answer.state;
};
const step = (ticket: Ticket, command: TicketCommand, other?: Ticket, with_ = book) =>
  decideTicket(with_, ticket, {
    type: 'command',
    actor: seat,
    command,
    next: identity(),
    at: start + 60_000,
    ...(other ? { other } : {}),
  });

void t.test(
  'R12 merge: one is closed, the other goes on with its calls; both say so; nothing is owed twice',
  (t) => {
    const [twice, first] = [opened('12345', 'c2'), opened('12345', 'c1')];
    const done = step(twice, { name: 'merge', body: { into: first.id, reason: '同一事项' } }, first);
    if (!done.ok) throw new Error(done.code);
    t.match(done.state, { state: 'closed', links: [{ ticket: first.id, kind: 'merged' }] });
    t.ok(
      done.state.deadlines.every(({ metAt, missed }) => metAt !== undefined || missed),
      'no deadline is owed',
    );
    const [tell] = done.effects;
    if (tell?.type !== 'tell') throw new Error('the other is not told');
    t.equal(tell.ticket, first.id);
    const other = decideTicket(book, first, tell.input);
    if (!other.ok) throw new Error(other.code);
    t.same(other.state.calls, ['c1', 'c2']);
    t.match(other.state.links, [{ ticket: twice.id, kind: 'merged' }]);
    t.equal(other.state.state, 'accepted');
    const refused = (into: Ticket | undefined, ticket = twice) => {
      const answer = step(ticket, { name: 'merge', body: { into: into?.id ?? 'x', reason: 'r' } }, into);
      return answer.ok ? 'taken' : answer.code;
    };
    t.equal(refused(twice), 'unknown-target', 'not into itself');
    t.equal(refused(undefined), 'unknown-target');
    t.equal(refused(opened('110')), 'unknown-target', "not into another platform's: that is a handover");
    t.equal(refused(done.state, first), 'wrong-state', 'not into a closed one');
    t.end();
  },
);

void t.test('R12 split: the other matter becomes a ticket of its own, with caller, place and calls', (t) => {
  const both = opened('12345', 'c1');
  const done = step(both, { name: 'split', body: { summary: '噪音扰民' } });
  if (!done.ok) throw new Error(done.code);
  const [effect] = done.effects;
  if (effect?.type !== 'open') throw new Error('no ticket was opened');
  const { state } = effect.opened;
  t.match(state, {
    summary: '噪音扰民',
    platform: '12345',
    place: '向阳街',
    calls: ['c1'],
    state: 'accepted',
    links: [{ ticket: both.id, kind: 'split' }],
  });
  t.match(done.state.links, [{ ticket: state.id, kind: 'split' }]);
  t.equal(done.state.state, 'accepted', 'the first goes on');
  t.end();
});

void t.test(
  'R9 the roster: who answers at an hour, over midnight too; gaps; and whom an emergency told',
  (t) => {
    const unit: Unit = {
      ...team,
      duty: [
        { from: '08:00', to: '20:00', line: 'day' },
        { from: '22:00', to: '07:30', line: 'night' },
      ],
    };
    const line = (clock: string) => shiftAt(unit, Date.parse(`2026-11-22T${clock}:00+08:00`))?.line ?? null;
    t.same(['07:59', '08:00', '19:59', '20:00', '22:00', '03:00', '07:29', '07:30'].map(line), [
      null,
      'day',
      'day',
      null,
      'night',
      'night',
      'night',
      null,
    ]);
    t.same(gapsOf(unit), [
      { from: '07:30', to: '08:00' },
      { from: '20:00', to: '22:00' },
    ]);
    t.same(gapsOf({ ...unit, duty: [{ from: '00:00', to: '24:00', line: 'x' }] }), []);
    t.same(gapsOf({ ...unit, duty: [] }), [{ from: '00:00', to: '24:00' }]);
    const told = (duty: Unit['duty']) => {
      const answer = step(
        { ...opened(), emergency: true },
        { name: 'assign', body: { unit: team.code } },
        undefined,
        bookWith(duty),
      );
      return answer.ok ? answer.facts.filter(({ type }) => type.startsWith('ticket.duty')) : [];
    };
    t.match(told(unit.duty), [{ type: 'ticket.duty-told', data: { line: 'day' } }]);
    t.match(told([{ from: '22:00', to: '07:30', line: 'night' }]), [{ type: 'ticket.duty-uncovered' }]);
    t.same(told([]), [], 'no roster is kept: nothing is said of it');
    t.end();
  },
);

void t.test(
  'R14 knowledge is found by words, pinyin and initials; what does not hold any more comes after, and says so',
  (t) => {
    const entry = (id: string, question: string, more: Partial<KnowledgeEntry> = {}): KnowledgeEntry => ({
      id,
      version: 1,
      question,
      answer: '…',
      category: '户籍',
      unit: '',
      words: [],
      uses: 0,
      changedAt: '2026-01-01T00:00:00Z',
      changedBy: 'x',
      ...more,
    });
    const entries = [
      entry('old', '居住证怎么办理', { validUntil: '2026-06-01T00:00:00Z' }),
      entry('new', '居住证如何办理', { words: ['暂住证'] }),
      entry('soon', '身份证换领', { validFrom: '2027-01-01T00:00:00Z' }),
      entry('doubt', '护照办理', { flag: { by: '1001', at: '2026-01-01T00:00:00Z', reason: '地址变了' } }),
    ];
    const all = entries.map((each) => ({
      entry: each,
      findable: { name: spoken(each.question), words: each.words.map(spoken), group: spoken(each.category) },
    }));
    const ids = (q: string) =>
      find(all, { q }, start).map(({ id, outdated }) => `${id}${outdated ? ` ${outdated}` : ''}`);
    t.same(ids('居住证'), ['new', 'old expired']);
    t.same(ids('jzz'), ['new', 'old expired']);
    t.same(ids('zanzhu'), ['new']);
    t.same(ids('居住证怎么办？')[0], 'new');
    t.same(ids('恐龙'), []);
    t.same(
      find(all, { q: '', outdated: true }, start)
        .map(({ id }) => id)
        .sort(),
      ['doubt', 'old', 'soon'],
    );
    t.end();
  },
);

void t.test('R11 a quarter is a quarter of the year in Beijing', (t) => {
  t.same(quarterOf('2026-Q4'), { from: '2026-09-30T16:00:00.000Z', to: '2026-12-31T16:00:00.000Z' });
  t.equal(quarterOf('2026-Q5'), null);
  t.end();
});
