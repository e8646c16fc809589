// In what order callers who were cut off are called back: the gravest class first, then the longest owed (SV5).
// It must not decide who is owed a call; the calls do.
import { TicketClass } from '../protocol/words.ts';

const classes: readonly string[] = TicketClass.options;
/** `general` lowest; a class not known here is taken for the lowest. */
const gravity = (name: string): number => Math.max(0, classes.indexOf(name));

interface Owed {
  readonly class: string;
  readonly at: number;
}
export const gravestFirst = (a: Owed, b: Owed): number => gravity(b.class) - gravity(a.class) || a.at - b.at;
