// What the adapter's stories share: a plain call that talks, and a log nobody reads. It must not assert.
import { dialOrder, until } from '../ari-desk.ts';
import type { Desk, Lab } from '../ari-desk.ts';

const nothing = (): void => undefined;
export const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** Caller answered with music, seat rung, both in a bridge: what the domain orders for the plainest call. */
export async function talking(
  lab: Lab,
  desk: Desk,
  seat: string,
): Promise<{ call: string; caller: string; leg: string; bridge: string }> {
  const known = new Set(desk.inputs().map(({ call }) => call));
  const arrived = await desk.told('arrived', (_input, call) => !known.has(call));
  const { call, leg: caller } = arrived;
  const leg = `${call}.${seat}.1`;
  const bridge = `${call}.talk`;
  desk.do(
    call,
    { type: 'answer', leg: caller },
    { type: 'music', leg: caller, on: true },
    { type: 'dead-man', leg: caller, seconds: 20 },
    dialOrder(call, leg, `PJSIP/${seat}`, caller),
  );
  desk.telephony.save(call, caller, () => JSON.stringify({ call, summary: '钦州 "三方" ${X} {}' }));
  await desk.told('leg-answered', (input) => input.leg === leg);
  desk.do(
    call,
    { type: 'music', leg: caller, on: false },
    { type: 'bridge-make', bridge },
    { type: 'bridge-add', bridge, legs: [caller, leg] },
    { type: 'dead-man', leg: caller, seconds: 0 },
    { type: 'dead-man', leg, seconds: 0 },
  );
  await until('both in the bridge', async () => (await lab.witness.whoIsWith(caller)).includes(leg));
  return { call, caller, leg, bridge };
}
