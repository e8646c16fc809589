// What a city has laid down for tickets, looked up: class rules, units, divisions, lines of the catalogue (R17).
// It must not hold numbers of its own: they are site data.
import type { ClassRule, TicketRules, Unit } from '../../protocol/reference.ts';
import type { Platform, TicketClass } from '../../protocol/words.ts';

export interface TicketBook {
  readonly rules: TicketRules;
  readonly platforms: readonly Platform[];
  unit(code: string): Unit | undefined;
  hasRegion(code: string): boolean;
  hasItem(id: string): boolean;
}

/** The rule of a class; a platform without rules of its own has those of the first platform listed. */
export function classRule(book: TicketBook, platform: Platform, cls: TicketClass): ClassRule {
  const { classes } = book.rules;
  const rule =
    classes.find((each) => each.platform === platform && each.class === cls) ??
    classes.find((each) => each.class === cls) ??
    classes[0];
  if (!rule) throw new Error('ticket-rules.json has no classes; the loader must have refused it.');
  return rule;
}

/** The other hotline of the pair, the one told of joint handling (R20). */
export const otherPlatform = (book: TicketBook, platform: Platform): Platform | null =>
  book.platforms.find((each) => each !== platform) ?? null;
