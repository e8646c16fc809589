// One input to one ticket: the ticket as it becomes, facts, effects; or a refusal. Pure (design §2).
// It must not know stores or routes; it dispatches and says who may do what.
import type { Ticket, TicketCommand } from '../../protocol/ticket.ts';
import type { Actor } from '../../protocol/words.ts';
import { refuse } from '../decision.ts';
import { stepDue } from './due.ts';
import { accept, amend, assign, close, feedback, isIn, markAccepted, onSite, put, sign } from './handling.ts';
import type { Result } from './handling.ts';
import type { TicketDecision, TicketInput } from './inputs.ts';
import { merge, split } from './joining.ts';
import {
  carry,
  decideDispute,
  dispute,
  escalate,
  giveBack,
  handOver,
  joint,
  linkedAccepted,
} from './moving.ts';
import type { TicketBook } from './rules.ts';
import { Step } from './step.ts';

const engine = 'system:engine';

export function decideTicket(book: TicketBook, ticket: Ticket, input: TicketInput): TicketDecision {
  const actor = input.type === 'command' ? input.actor.user : 'actor' in input ? input.actor : engine;
  const step = new Step(book, ticket, input.at, actor);
  switch (input.type) {
    case 'command': {
      const refused = may(input.actor, ticket, input.command) ?? obey(step, input);
      if (refused) return refused;
      break;
    }
    case 'due':
      stepDue(step);
      break;
    case 'retagged':
      if (!isIn(ticket, 'closed')) {
        const { class: cls, item, region, place, summary } = input.tag;
        put(step, { class: cls, item, region, place, summary });
      }
      break;
    case 'carried':
      carry(step, input);
      break;
    case 'taken':
      if (isIn(ticket, 'new')) markAccepted(step, input.seat, { seat: input.seat, by: 'call' });
      break;
    case 'linked':
      step.set({
        links: [...ticket.links, { ticket: input.ticket, kind: input.kind }],
        calls: [...new Set([...ticket.calls, ...(input.calls ?? [])])],
      });
      step.fact('linked', { linked: input.ticket, kind: input.kind });
      break;
    case 'linked-accepted':
      linkedAccepted(step, input);
  }
  return step.done();
}

type Command = Extract<TicketInput, { type: 'command' }>;

function obey(step: Step, { command, actor, next, other }: Command): Result {
  switch (command.name) {
    case 'accept':
      return accept(step, actor);
    case 'assign':
      return assign(step, command.body);
    case 'sign':
      return sign(step, command.body.note);
    case 'on-site':
      return onSite(step, command.body.note);
    case 'feedback':
      return feedback(step, command.body);
    case 'close':
      return close(step, command.body);
    case 'return':
      return giveBack(step, command.body);
    case 'handover':
      return handOver(step, command.body);
    case 'escalate':
      return escalate(step, command.body, actor, next);
    case 'joint':
      return joint(step, command.body, next);
    case 'acknowledge':
      return acknowledge(step, actor, command.body.receipt);
    case 'dispute':
      return dispute(step, command.body.reason);
    case 'dispute-decide':
      return decideDispute(step, command.body);
    case 'merge':
      return merge(step, command.body, other);
    case 'split':
      return split(step, command.body, next);
    case 'amend':
      // R28: promised to the caller; who lifts it must answer for it.
      if (command.body.confidential === false && step.ticket.confidential && actor.role !== 'supervisor')
        return refuse('forbidden', 'confidential');
      return amend(step, command.body);
  }
}

function acknowledge(step: Step, actor: Actor, id: string): Result {
  const receipt = step.ticket.receipts.find((each) => each.id === id);
  if (!receipt) return refuse('invalid-field', 'receipt');
  if (receipt.acknowledgedAt !== undefined) return refuse('already-so');
  const isPlatform = step.book.platforms.includes(receipt.to);
  // A unit answers through its system, or its platform notes for it what it said by phone.
  const mine = isPlatform ? actor.platform === receipt.to : actor.platform === step.ticket.platform;
  if (!mine && actor.role !== 'system') return refuse('forbidden');
  step.acknowledge((each) => each.id === id, actor.user);
  step.fact('acknowledged', { receipt: id, receiver: receipt.to, kind: receipt.kind });
  return null;
}

/** Owner's steps by the owner's people; a unit's steps by them for it, or by its own system; the rest as named. */
function may(actor: Actor, ticket: Ticket, { name }: TicketCommand): Result {
  if (actor.role === 'system') {
    if (actor.platform === null) return null;
    if (!ticket.platforms.includes(actor.platform)) return refuse('forbidden');
    // Another platform's system does its own platform's steps, and its units' steps for what they handle.
    const unitsOwn = ['sign', 'on-site', 'feedback', 'return', 'escalate', 'acknowledge', 'dispute'].includes(
      name,
    );
    return unitsOwn || actor.platform === ticket.platform ? null : refuse('forbidden');
  }
  if (actor.role !== 'seat' && actor.role !== 'supervisor') return refuse('forbidden');
  if (actor.platform === null || !ticket.platforms.includes(actor.platform)) return refuse('forbidden');
  switch (name) {
    case 'acknowledge':
      return null;
    case 'dispute':
      return null;
    case 'dispute-decide':
      return actor.role === 'supervisor' ? null : refuse('forbidden');
    default:
      return actor.platform === ticket.platform ? null : refuse('forbidden');
  }
}
