// Loss, jitter, round trip from WebRTC's own counters, as differences between two looks. Pure but for what it remembers.
import type { Quality } from './quality.ts';

interface Counters {
  readonly received: number;
  readonly lost: number;
}

export class QualityMeter {
  #last: Counters = { received: 0, lost: 0 };
  #heardAt = 0;

  begin(nowMs: number): void {
    this.#last = { received: 0, lost: 0 };
    this.#heardAt = nowMs;
  }

  look(report: RTCStatsReport, nowMs: number): Quality {
    let inbound: Record<string, unknown> = {};
    let outbound: Record<string, unknown> = {};
    let remote: Record<string, unknown> = {};
    const codecs = new Map<unknown, string>();
    report.forEach((entry: Record<string, unknown>) => {
      if (entry['type'] === 'inbound-rtp' && entry['kind'] === 'audio') inbound = entry;
      if (entry['type'] === 'outbound-rtp' && entry['kind'] === 'audio') outbound = entry;
      if (entry['type'] === 'remote-inbound-rtp' && entry['kind'] === 'audio') remote = entry;
      if (entry['type'] === 'codec') codecs.set(entry['id'], String(entry['mimeType']).replace('audio/', ''));
    });
    const received = numberOf(inbound['packetsReceived']);
    const lost = Math.max(0, numberOf(inbound['packetsLost']));
    const newReceived = received - this.#last.received;
    const newLost = Math.max(0, lost - this.#last.lost);
    if (newReceived > 0) this.#heardAt = nowMs;
    this.#last = { received, lost };
    const expected = newReceived + newLost;
    const trip = remote['roundTripTime'];
    return {
      loss: expected > 0 ? (100 * newLost) / expected : 0,
      jitterMs: 1000 * numberOf(inbound['jitter']),
      roundTripMs: typeof trip === 'number' ? 1000 * trip : null,
      codec: codecs.get(inbound['codecId']) ?? codecs.get(outbound['codecId']) ?? '',
      packetsIn: received,
      packetsOut: numberOf(outbound['packetsSent']),
      silentMs: nowMs - this.#heardAt,
    };
  }
}

const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0);
