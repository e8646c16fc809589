// What is there in Asterisk now: channels, bridges, saved states. For comparing after a (re)connection (design §2,
// "Recovery is not a second program"). It must not change anything.
import { z } from 'zod';
import type { Found, FoundBridge, FoundLeg } from '../../engine/ports.ts';
import { Channel } from './decode.ts';
import { read, readVariable, type HttpLane } from './http.ts';
import { stateVariable } from './saves.ts';
import { callOf } from './tapping.ts';
import { arrivalOf, isCallers } from './translate.ts';

const ListedChannel = Channel.extend({
  dialplan: z.object({ app_name: z.string().default(''), app_data: z.string().default('') }),
});
type ListedChannel = z.infer<typeof ListedChannel>;
const ListedBridge = z.object({ id: z.string(), creator: z.string(), channels: z.array(z.string()) });
const Info = z.object({ status: z.object({ startup_time: z.string() }) });

/** Start of this Asterisk process; throws AriFailure. */
export async function startupTime(http: HttpLane): Promise<string> {
  return (await read(http, 'asterisk/info', Info, { only: 'status' })).status.startup_time;
}

export async function look(http: HttpLane, app: string): Promise<Found> {
  const [startedAt, channels, bridges] = await Promise.all([
    startupTime(http),
    read(http, 'channels', z.array(ListedChannel)),
    read(http, 'bridges', z.array(ListedBridge)),
  ]);
  const ofCalls = channels.filter((channel) => callOf(channel) !== '');
  return {
    startedAt,
    legs: await Promise.all(ofCalls.map((channel) => foundLeg(http, app, channel))),
    // Queue() and Dial() make bridges too; those are not ours to touch.
    bridges: bridges
      .filter(({ creator }) => creator === 'Stasis')
      .map(({ id, channels: legs }): FoundBridge => ({ bridge: id, legs })),
  };
}

const states: Readonly<Record<string, FoundLeg['state']>> = {
  Up: 'up',
  Ring: 'ringing',
  Ringing: 'ringing',
  Busy: 'ringing',
};

async function foundLeg(http: HttpLane, app: string, channel: ListedChannel): Promise<FoundLeg> {
  const call = callOf(channel);
  // One that we call is a caller from its answer on.
  const isCaller =
    isCallers(channel) && (channel.channelvars.HOTLINE_ROLE === 'caller' || channel.state === 'Up');
  const { app_name: inside, app_data: data } = channel.dialplan;
  const [givenApp, ...args] = data.split(',');
  const ours = inside === 'Stasis' && givenApp === app;
  const arrival = ours ? arrivalOf(args) : null;
  const variable = (name: string): Promise<string | null> =>
    isCaller ? readVariable(http, channel.id, name) : Promise.resolve(null);
  const [saved, dialled, survivals] = await Promise.all([
    variable(stateVariable),
    arrival?.dialled ?? variable('HOTLINE_DIALLED'),
    arrival?.survivals ?? variable('HOTLINE_SURVIVALS'),
  ]);
  return {
    leg: channel.id,
    call,
    isCaller,
    state: states[channel.state] ?? 'down',
    ours,
    saved: saved === '' ? null : saved,
    number: channel.caller.number,
    name: channel.caller.name,
    dialled: dialled ?? '',
    survivals: Number(survivals ?? 0) || 0,
    createdAt: Date.parse(channel.creationtime),
  };
}
