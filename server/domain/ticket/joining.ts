// One matter told twice becomes one ticket, two matters told at once become two (links of R12); nothing is lost on the way.
// It must not touch the other ticket but by `open` and `tell`.
import type { Ticket, TicketCommand } from '../../protocol/ticket.ts';
import { refuse } from '../decision.ts';
import { isIn } from './handling.ts';
import type { Result } from './handling.ts';
import type { Identity } from './inputs.ts';
import { open } from './opening.ts';
import type { Step } from './step.ts';

type Of<N extends TicketCommand['name']> = Extract<TicketCommand, { name: N }>['body'];

/** This one ends in the other, which gets its calls; both say so. What was owed on it is owed on the other alone. */
export function merge(step: Step, { reason }: Of<'merge'>, other: Ticket | undefined): Result {
  const { ticket } = step;
  if (isIn(ticket, 'closed', 'escalated')) return refuse('wrong-state');
  // Another platform's ticket cannot take it: that is a handover, which must be accepted there.
  if (!other || other.id === ticket.id || other.platform !== ticket.platform)
    return refuse('unknown-target', 'into');
  if (isIn(other, 'closed')) return refuse('wrong-state', 'into');
  step.lift('accept', 'sign', 'on-site', 'feedback', 'close');
  step.acknowledge(() => true, step.actor);
  step.set({
    state: 'closed',
    closedAt: step.now,
    resolution: `并入 ${other.serial}：${reason}`.slice(0, 2000),
    links: [...ticket.links, { ticket: other.id, kind: 'merged' }],
  });
  step.fact('merged', { into: other.id, serial: other.serial, reason });
  step.order({
    type: 'tell',
    ticket: other.id,
    input: { type: 'linked', ticket: ticket.id, kind: 'merged', calls: ticket.calls, at: step.at },
  });
  return null;
}

/** The new one belongs to the same platform, caller and calls, and is accepted already where this one is. */
export function split(step: Step, body: Of<'split'>, next: Identity): Result {
  const { ticket } = step;
  if (isIn(ticket, 'closed')) return refuse('wrong-state');
  const { source, confidential, caller, policeAttended } = ticket;
  const opened = open(step.book, {
    identity: next,
    platform: ticket.platform,
    origin: ticket.originPlatform,
    actor: step.actor,
    at: step.at,
    wish: {
      class: body.class ?? 'general',
      source,
      item: body.item ?? '',
      region: body.region ?? ticket.region,
      place: body.place ?? ticket.place,
      summary: body.summary,
      confidential,
      policeAttended,
      ...(caller === undefined ? {} : { caller }),
    },
    ...(ticket.acceptedBy === undefined ? {} : { acceptedBy: step.actor }),
    links: [{ ticket: ticket.id, kind: 'split' }],
  });
  if (!opened.ok) return opened;
  const state = { ...opened.state, calls: [...ticket.calls] };
  step.set({ links: [...ticket.links, { ticket: next.id, kind: 'split' }] });
  step.fact('split', { linked: next.id, serial: next.serial });
  step.order({ type: 'open', opened: { ...opened, state } });
  return null;
}
