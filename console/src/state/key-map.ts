// Which keys do what at the desk (never Alt+digit: it switches tabs). Pure: names, defaults, and how a press is written.
export const keyActions = [
  'answer',
  'hangUp',
  'hold',
  'mute',
  'transfer1',
  'transfer2',
  'transfer3',
  'transfer4',
  'transfer5',
  'consult',
  'status',
  'finishWrapUp',
  'extendWrapUp',
  'tag',
  'search',
  'help',
  'knowledge',
  'nuisance',
  'silent',
  'replay',
] as const;
export type KeyAction = (typeof keyActions)[number];
export type KeyMap = Record<KeyAction, string>;

export const usualKeys: KeyMap = {
  answer: 'F2',
  hangUp: 'F4',
  hold: 'F8',
  mute: 'F9',
  transfer1: 'Ctrl+Alt+1',
  transfer2: 'Ctrl+Alt+2',
  transfer3: 'Ctrl+Alt+3',
  transfer4: 'Ctrl+Alt+4',
  transfer5: 'Ctrl+Alt+5',
  consult: 'Ctrl+Alt+C',
  status: 'Ctrl+Alt+R',
  finishWrapUp: 'Ctrl+Alt+W',
  extendWrapUp: 'Ctrl+Alt+E',
  tag: 'Ctrl+Alt+B',
  search: 'Ctrl+K',
  help: 'Ctrl+Alt+H',
  knowledge: 'Ctrl+Alt+K',
  nuisance: 'Ctrl+Alt+N',
  silent: 'Ctrl+Alt+S',
  replay: 'Ctrl+Alt+P',
};

interface Press {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
  readonly metaKey: boolean;
}

/** `Ctrl+Alt+1`; null for a press of a modifier alone. Letters and digits by position, so that Alt's characters do not matter. */
export function pressOf(press: Press): string | null {
  if (['Control', 'Alt', 'Shift', 'Meta', 'AltGraph', 'Process', 'Dead'].includes(press.key)) return null;
  const letter = /^(?:Key|Digit)(.)$/.exec(press.code)?.[1];
  const key = letter ?? (press.key.length === 1 ? press.key.toUpperCase() : press.key);
  const modifiers = [
    press.ctrlKey && 'Ctrl',
    press.altKey && 'Alt',
    press.shiftKey && 'Shift',
    press.metaKey && 'Meta',
  ];
  return [...modifiers.filter((modifier) => modifier !== false), key].join('+');
}

export const keysWith = (changed: Partial<KeyMap>): KeyMap => ({ ...usualKeys, ...changed });

export const actionOf = (keys: KeyMap, press: string): KeyAction | null =>
  keyActions.find((action) => keys[action] === press) ?? null;
