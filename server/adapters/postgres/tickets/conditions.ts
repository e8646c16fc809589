// A filter of tickets as conditions of SQL. It must not build SQL out of what people typed: values go in as parameters.
import type { TicketFilter } from '../../../engine/tickets/ports.ts';

export class Conditions {
  readonly values: unknown[] = [];
  readonly texts: string[] = [];

  /** Each `?` in the text stands for the next value. */
  add(text: string, ...values: readonly unknown[]): void {
    let next = 0;
    this.texts.push(
      text.replaceAll('?', () => {
        this.values.push(values[next]);
        next += 1;
        return `$${this.values.length}`;
      }),
    );
  }
  /** The place of a value that stands outside the conditions. */
  value(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
  get where(): string {
    return this.texts.length === 0 ? '' : `where ${this.texts.join(' and ')}`;
  }
}

const everywhere = new Set(['phone', 'internet']);

/** Conditions on `tickets t`. */
export function conditionsOf(filter: TicketFilter): Conditions {
  const where = new Conditions();
  const equal = (column: string, value: string | undefined) => {
    if (value !== undefined) where.add(`t.${column} = ?`, value);
  };
  equal('platform', filter.platform);
  equal('state', filter.state);
  equal('class', filter.class);
  equal('item', filter.item);
  equal('region', filter.region);
  equal('unit', filter.unit);
  equal('source', filter.source);
  equal('caller_number', filter.number);
  // R28: whoever asked for confidentiality is not found by its number; a reveal, with its reason, is the only way.
  if (filter.number !== undefined) where.texts.push("not (t.body -> 'confidential')::boolean");
  // Said again in so many words: a plan made without the values cannot know that these partial indexes hold the rows.
  if (isGrave(filter)) where.texts.push("t.class <> 'general'");
  if (filter.item !== undefined && filter.item !== '') where.texts.push("t.item <> ''");
  if (filter.region !== undefined && filter.region !== '') where.texts.push("t.region <> ''");
  if (filter.source !== undefined && !everywhere.has(filter.source))
    where.texts.push("t.source not in ('phone', 'internet')");
  if (filter.overdue === true) where.texts.push('t.overdue');
  if (filter.concerning !== undefined) {
    where.add('t.platforms @> array[?::text]', filter.concerning);
    if (filter.platform !== undefined && filter.platform !== filter.concerning)
      where.texts.push('cardinality(t.platforms) > 1');
  }
  if (filter.call !== undefined) where.add(`t.body -> 'calls' @> to_jsonb(?::text)`, filter.call);
  if (filter.from !== undefined) where.add('t.opened_at >= ?', new Date(filter.from));
  if (filter.to !== undefined) where.add('t.opened_at < ?', new Date(filter.to));
  return where;
}

export const isGrave = ({ class: cls }: TicketFilter): boolean => cls !== undefined && cls !== 'general';
