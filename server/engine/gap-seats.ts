// Seats that were talking when the engine died and whose call ended before it came back: they owe their wrap-up as after any
// call (WR1). It must not free a seat whose call goes on.
import type { SeatView } from '../protocol/views.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Clock, Ledger } from './ports.ts';

/** Before the floor opens, or such a seat would be offered the next call at once. */
export async function wrapUpGap(parts: {
  dispatcher: Dispatcher;
  ledger: Ledger;
  clock: Clock;
}): Promise<void> {
  const { dispatcher, ledger, clock } = parts;
  const talked = (view: SeatView): boolean =>
    view.status !== 'offline' && view.state === 'talking' && !dispatcher.calls.has(view.call ?? '');
  for (const { id: seat, call } of (await ledger.seats()).filter(talked)) {
    if (call === undefined) continue;
    const had = await ledger.call(call).catch(() => null);
    const tagged = had?.tag !== undefined;
    const at = clock.now();
    const adopted = {
      type: 'seat-adopted',
      seat,
      call,
      state: 'talking',
      request: null,
      ...(had ? { number: had.caller.number } : {}),
    } as const;
    dispatcher.floor({ type: 'message', at, message: adopted });
    dispatcher.floor({
      type: 'message',
      at,
      message: { type: 'seat-released', seat, call, talked: true, tagged },
    });
  }
}
