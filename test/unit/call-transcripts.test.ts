// Readable transcripts of the main stories: each line of test/transcripts/*.txt that does not begin with a space is told, and
// what the call made of it stands beneath: its phase, facts (+) and orders (>). HOTLINE_REWRITE=1 writes them anew; review the diff.
// It must not judge: the reviewer of the diff does, and call-rules.test.ts by rule.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { test } from 'tap';
import type { CallEffect } from '../../server/domain/call/effects.ts';
import type { Call } from '../../server/domain/call/state.ts';
import { Story } from '../call-world/story.ts';
import type { Told } from '../call-world/world.ts';

const folder = new URL('../transcripts/', import.meta.url);

const plain = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? Array.isArray(value)
      ? `[${value.map(plain).join(' ')}]`
      : `{${Object.entries(value)
          .map(([key, each]) => `${key}=${plain(each)}`)
          .join(' ')}}`
    : String(value);
const list = (data: Readonly<Record<string, unknown>>): string =>
  Object.entries(data)
    .map(([key, value]) => `${key}=${plain(value)}`)
    .join(' ');

function order(effect: CallEffect, began: number): string {
  switch (effect.type) {
    case 'tell-floor': {
      const { message } = effect;
      const known = ['type', 'call', 'callerNumber', 'class', 'since'];
      const told = Object.fromEntries(Object.entries(message).filter(([key]) => !known.includes(key)));
      return `floor: ${message.type} ${list(told)}`;
    }
    case 'timer-start':
      return `timer ${effect.name} at ${((effect.at - began) / 1000).toFixed(1)} s`;
    case 'timer-stop':
      return `timer ${effect.name} stopped`;
    case 'dial':
      return `dial ${effect.leg} ${effect.endpoint} for ${effect.ringSeconds} s${effect.acceptance === 'answer' ? '' : ` until ${effect.acceptance}`}`;
    case 'music':
    case 'ringing':
    case 'silence':
    case 'mute':
      return `${effect.type} ${effect.leg} ${effect.on ? 'on' : 'off'}`;
    default: {
      const { type, ...rest } = effect;
      return `${type} ${Object.values(rest)
        .map((value) => (Array.isArray(value) ? value.join(' ') : String(value)))
        .join(' ')}`.trimEnd();
    }
  }
}

function lines(told: Told, began: number): string[] {
  const { decision, input } = told;
  const what =
    input.type === 'command'
      ? input.command.name
      : input.type === 'timer'
        ? `timer ${input.name}`
        : input.type;
  if (!decision.ok)
    return [
      `  ${what}: refused, ${decision.code}${decision.field === undefined ? '' : ` (${decision.field})`}`,
    ];
  const call: Call = decision.state;
  const reach =
    'reach' in call.phase ? (call.phase.reach.place === null ? '' : ` place ${call.phase.reach.place}`) : '';
  const repeated = decision.repeated === true ? ', repeated: nothing done' : '';
  return [
    `  ${what}: ${call.phase.name}${reach}, owner ${call.owner ?? 'none'}, version ${call.version}${repeated}`,
    ...decision.facts.map((fact) => `    + ${fact.type} ${list(fact.data)}`.trimEnd()),
    ...(decision.effects as CallEffect[]).map((effect) => `    > ${order(effect, began)}`.trimEnd()),
  ];
}

function play(script: string): string {
  const story = new Story();
  const began = story.world.at;
  const written: string[] = [];
  for (const line of script.split('\n')) {
    if (line.startsWith(' ')) continue;
    written.push(line);
    if (line === '' || line.startsWith('#')) continue;
    for (const told of story.tell(line)) {
      // The dead-man's re-arming, every eight seconds, is in no story.
      if (told.input.type === 'timer' && told.input.name === 'dead-man') continue;
      written.push(...lines(told, began));
    }
  }
  return written.join('\n');
}

for (const name of readdirSync(folder)
  .filter((file) => file.endsWith('.txt'))
  .sort()) {
  const file = new URL(name, folder);
  const before = readFileSync(file, 'utf8');
  const [title = name] = before.split('\n');
  test(title.replace(/^# /, ''), (t) => {
    const now = play(before);
    if (process.env['HOTLINE_REWRITE'] === '1') writeFileSync(file, now);
    else
      t.equal(
        now,
        before,
        `${name} tells another story now; if that is meant, HOTLINE_REWRITE=1 and review the diff`,
      );
    t.end();
  });
}
