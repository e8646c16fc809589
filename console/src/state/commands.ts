// What a press asks of the server. Each takes the answered view into the floor, and words a refusal (RC3).
// It must not guess: nothing is shown as done before the server said so.
import { defineStore } from 'pinia';
import { reactive } from 'vue';
import type { TransferWish } from '../../../server/protocol/commands.ts';
import type { SipAccount } from '../../../server/protocol/session.ts';
import type { CallView, SeatView } from '../../../server/protocol/views.ts';
import type { Tag, Target } from '../../../server/protocol/words.ts';
import { Refused } from '../api/client.ts';
import { useFloor } from './floor.ts';
import { useNotices } from './notices.ts';
import { useSession } from './session.ts';

type SignedIn = SeatView & { readonly sip?: SipAccount };

export const useCommands = defineStore('commands', () => {
  const session = useSession();
  const floor = useFloor();
  const notices = useNotices();
  /** Names of presses under way: their buttons wait. */
  const pending = reactive(new Set<string>());

  /** False when it was refused; the refusal has been told. */
  async function press<T>(name: string, work: () => Promise<T>): Promise<T | null> {
    if (pending.has(name)) return null;
    pending.add(name);
    try {
      return await work();
    } catch (failure) {
      const code = failure instanceof Refused ? failure.code : 'unknown';
      notices.tell('refused', `refusals.${code}`);
      return null;
    } finally {
      pending.delete(name);
    }
  }

  const call = (
    id: string,
    path: string,
    body: object = {},
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE' = 'POST',
  ) =>
    press(path, async () => {
      const view = await session.api.command<CallView>(
        method,
        `/v1/calls/${encodeURIComponent(id)}/${path}`,
        method === 'DELETE' ? undefined : body,
      );
      floor.take({ call: view });
      return view;
    });
  const seat = (id: string, path: string, body: object = {}) =>
    press(`seat/${path}`, async () => {
      const { sip, ...view } = await session.api.command<SignedIn>(
        'POST',
        `/v1/seats/${encodeURIComponent(id)}/${path}`,
        body,
      );
      floor.take({ seat: view });
      return { view, sip };
    });

  return {
    pending,
    press,
    tag: (id: string, tag: Tag) => call(id, 'tag', tag, 'PUT'),
    hold: (id: string, party: string, on: boolean) => call(id, on ? 'hold' : 'resume', { party }),
    mute: (id: string, on: boolean, party?: string) =>
      call(id, on ? 'mute' : 'unmute', party === undefined ? {} : { party }),
    transfer: (id: string, wish: TransferWish) => call(id, 'transfer', wish),
    cancelTransfer: (id: string) => call(id, 'transfer/cancel'),
    merge: (id: string) => call(id, 'transfer/merge'),
    threeWay: (id: string, wish: { to: Target; reason?: string; note?: string }) =>
      call(id, 'three-way', wish),
    consult: (id: string, on: boolean) => call(id, 'consult', { on }),
    outcome: (id: string, body: { acceptedBy?: string; danger?: boolean; note?: string }) =>
      call(id, 'outcome', body),
    leave: (id: string, disposition?: string) =>
      call(id, 'leave', disposition === undefined ? {} : { disposition }),
    hangUp: (id: string, body: { disposition?: string; party?: string }) => call(id, 'hang-up', body),
    guide: (id: string, line: string, note?: string) =>
      call(id, 'guide', note === undefined ? { line } : { line, note }),
    nuisance: (id: string) =>
      press('nuisance', () =>
        session.api.command('POST', `/v1/calls/${encodeURIComponent(id)}/nuisance`, {}),
      ),
    pauseRecording: (id: string, reason: string) => call(id, 'recording/pause', { reason }),
    resumeRecording: (id: string) => call(id, 'recording/resume'),
    askForKey: (id: string) => call(id, 'silence'),
    decideSilence: (id: string, body: { decision: string; note?: string }) =>
      call(id, 'silence/decide', body),
    supervise: (id: string, mode: string, phone: string, visible: boolean) =>
      call(id, 'supervise', { mode, seat: phone, visible }),
    superviseEnd: (id: string) => call(id, 'supervise', {}, 'DELETE'),
    signIn: (id: string) => seat(id, 'sign-in', { phone: 'browser' }),
    signOut: (id: string) => seat(id, 'sign-out'),
    ready: (id: string) => seat(id, 'status', { status: 'ready' }),
    onBreak: (id: string, reason: string) => seat(id, 'status', { status: 'break', reason }),
    finishWrapUp: (id: string) => seat(id, 'wrap-up/finish'),
    extendWrapUp: (id: string) => seat(id, 'wrap-up/extend'),
    help: (id: string) => seat(id, 'help'),
    force: (id: string, action: string, reason: string) => seat(id, 'force', { action, reason }),
    prioritise: (queue: string, id: string, head: boolean) =>
      press('priority', () =>
        session.api.command(
          'POST',
          `/v1/queues/${encodeURIComponent(queue)}/calls/${encodeURIComponent(id)}/priority`,
          { head },
        ),
      ),
  };
});
