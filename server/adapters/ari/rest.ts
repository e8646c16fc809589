// Requests over the event socket: numbered, pipelined in the order called, answered once, each with a time limit.
// It must not wait for one request before it sends the next: Asterisk carries them out one by one, in order.
import type { Meter } from '../../engine/ports.ts';
import { lost, unanswered, uriOf, type AriReply, type AriRequest } from './access.ts';

export interface RestLane {
  /**
   * Never rejects. `keep`: an order of call control. It waits for a connection, and is sent again when the connection is
   * cut before its answer: all our orders may be done twice without harm, for all ids are ours. Others are `unanswered`.
   */
  request(request: AriRequest, keep?: boolean): Promise<AriReply>;
  /** The connection carries requests now: what waits goes first, in its order. */
  resume(): void;
  /** The connection is gone. */
  pause(): void;
  /** What waits was meant for an Asterisk that has died since, or nobody waits any more. */
  drop(): void;
  answer(id: string, reply: AriReply): void;
  readonly waiting: number;
}

interface Entry {
  readonly id: string;
  readonly text: string;
  readonly method: string;
  readonly keep: boolean;
  readonly since: number;
  readonly resolve: (reply: AriReply) => void;
  timer: NodeJS.Timeout | null;
}

export function createRestLane(options: {
  send: (text: string) => void;
  meter: Meter;
  timeoutMs?: number;
}): RestLane {
  const { send, meter, timeoutMs = 3000 } = options;
  // Insertion order is sending order.
  const entries = new Map<string, Entry>();
  let counter = 0;
  let open = false;

  function settle(entry: Entry, reply: AriReply): void {
    entries.delete(entry.id);
    if (entry.timer) clearTimeout(entry.timer);
    meter.count('hotline_ari_requests_total', {
      lane: 'socket',
      method: entry.method,
      status: String(reply.status),
    });
    meter.observe('hotline_ari_request_seconds', (performance.now() - entry.since) / 1000, {
      lane: 'socket',
    });
    entry.resolve(reply);
  }
  function transmit(entry: Entry): void {
    entry.timer = setTimeout(() => settle(entry, { status: unanswered, body: '' }), timeoutMs);
    send(entry.text);
  }

  return {
    request(request, keep = false) {
      return new Promise((resolve) => {
        counter += 1;
        const id = counter.toString(36);
        const { method, body } = request;
        const text = JSON.stringify({
          type: 'RESTRequest',
          request_id: id,
          method,
          uri: uriOf(request),
          ...(body === undefined
            ? {}
            : { content_type: 'application/json', message_body: JSON.stringify(body) }),
        });
        const entry: Entry = { id, text, method, keep, since: performance.now(), resolve, timer: null };
        entries.set(id, entry);
        if (open) transmit(entry);
        else if (!keep) settle(entry, { status: unanswered, body: '' });
      });
    },
    resume() {
      open = true;
      for (const entry of [...entries.values()]) transmit(entry);
    },
    pause() {
      open = false;
      for (const entry of [...entries.values()]) {
        if (entry.timer) clearTimeout(entry.timer);
        entry.timer = null;
        if (!entry.keep) settle(entry, { status: unanswered, body: '' });
      }
    },
    drop() {
      for (const entry of [...entries.values()]) settle(entry, { status: lost, body: '' });
    },
    answer(id, reply) {
      const entry = entries.get(id);
      // Too late, or of an earlier connection.
      if (entry) settle(entry, reply);
    },
    get waiting() {
      return entries.size;
    },
  };
}
