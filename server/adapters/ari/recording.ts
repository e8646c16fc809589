// Recordings at Asterisk: started on a tap, paused, found again by name; and what Asterisk says of them. Over the slow lane, for
// a disk may take its time. It must not look into files: adapters/recordings does.
import { z } from 'zod';
import type { CallInput } from '../../domain/call/inputs.ts';
import type { TelephonyOrder } from '../../engine/ports.ts';
import type { CallId } from '../../protocol/words.ts';
import { CallId as CallIdShape } from '../../protocol/words.ts';
import { segment, succeeded, unanswered, type AriRequest } from './access.ts';
import type { HttpLane } from './http.ts';

export type RecordingOrder = Extract<
  TelephonyOrder,
  { type: 'recording-start' | 'recording-pause' | 'recording-find' }
>;
type Said =
  Extract<CallInput, { type: 'recording-started' | 'recording-failed' }> extends infer T
    ? T extends { readonly at: unknown }
      ? Omit<T, 'at'>
      : never
    : never;

const conflict = 409;
const Live = z.object({ state: z.string(), target_uri: z.string().default('') });

/** `2026/11/22/<call>` or `…/<call>.<part>`; empty where it is none of ours. */
export function callOfRecording(name: string): CallId {
  const file = name.slice(name.lastIndexOf('/') + 1);
  const call = file.includes('.') ? file.slice(0, file.indexOf('.')) : file;
  return /^\d{4}\/\d\d\/\d\d\//u.test(name) && CallIdShape.safeParse(call).success ? call : '';
}

/** Carries the order out; null: nothing to be said of it now, an event follows. */
export async function order(http: HttpLane, wanted: RecordingOrder): Promise<Said | null> {
  const { name } = wanted;
  const live = `recordings/live/${segment(name)}`;
  const failed = (status: number, what: Extract<Said, { type: 'recording-failed' }>['order']): Said => ({
    type: 'recording-failed',
    name,
    order: what,
    status,
  });
  if (wanted.type === 'recording-find') {
    const status = await find(http, live, wanted.leg);
    // Not to be asked just now is no proof that it is not there.
    if (status === 200) return { type: 'recording-started', name };
    return status === unanswered ? null : failed(status, 'find');
  }
  if (wanted.type === 'recording-pause') {
    const request: AriRequest = { method: wanted.on ? 'POST' : 'DELETE', path: `${live}/pause` };
    const reply = await http.request(request);
    return succeeded(reply) ? null : failed(reply.status, wanted.on ? 'pause' : 'resume');
  }
  const reply = await http.request({
    method: 'POST',
    path: `channels/${segment(wanted.leg)}/record`,
    query: { name, format: 'wav', ifExists: 'fail' },
  });
  if (succeeded(reply)) return null;
  // Ordered before a crash: it is this tap's own, and goes on.
  if (reply.status === conflict && (await find(http, live, wanted.leg)) === 200)
    return { type: 'recording-started', name };
  return failed(reply.status, 'start');
}

/** 200: this tap writes it now. */
async function find(http: HttpLane, path: string, leg: string): Promise<number> {
  const reply = await http.request({ method: 'GET', path });
  if (reply.status !== 200) return reply.status;
  const found = Live.safeParse(JSON.parse(reply.body));
  return found.success && found.data.target_uri === `channel:${leg}` ? 200 : conflict;
}
