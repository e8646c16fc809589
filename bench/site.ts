// The bench's own city: two platforms with many seats whose phones do not register but stand on one port.
// It must not be used for anything a person looks at.

export const firstSeat = 5_001;

/** `port`: where the generator's seats listen on 127.0.0.1. Short wrap-up: nobody tags in a bench. */
export function benchSite(port: number, seats: number): object {
  const contact = `sip:{seat}@127.0.0.1:${port}`;
  return {
    id: 'bench',
    name: 'bench',
    region: '450700',
    platforms: [
      {
        id: '12345',
        name: '12345',
        queue: '12345',
        numbers: ['12345'],
        serviceLevelSeconds: 15,
        answerWaiting: 'music',
      },
      {
        id: '110',
        name: '110',
        queue: '110',
        numbers: ['110'],
        serviceLevelSeconds: 10,
        answerWaiting: 'ringing',
      },
    ],
    queues: [
      { id: '12345', platform: '12345', name: '12345' },
      { id: '110', platform: '110', name: '110' },
    ],
    seatGroups: [
      {
        id: '12345',
        platform: '12345',
        from: firstSeat,
        to: firstSeat + seats - 1,
        queues: ['12345'],
        contact,
      },
      { id: '110', platform: '110', from: 6_001, to: 6_010, queues: ['110'], contact },
    ],
    trunks: [
      { id: 'public', direction: 'in', address: '127.0.0.2' },
      { id: 'foreign', direction: 'out', address: '127.0.0.3:5060' },
    ],
    lines: [
      { id: '12345', name: '12345', route: { queue: '12345' } },
      { id: '110', name: '110', route: { queue: '110' } },
    ],
    timers: { wrapUpSeconds: 0.2, deadManSeconds: 20 },
    mediaWatch: false,
  };
}
