// Everything that speaks with Asterisk or reads what it writes, put together: orders and events, phones, its own call records, its log
// of strangers, the watchdog. It must not know what is done with any of it.
import { join } from 'node:path';
import { createCallRecords } from '../adapters/ari/call-records.ts';
import { createPhones } from '../adapters/ari/phones.ts';
import { createSipGuesses } from '../adapters/ari/sip-guesses.ts';
import { createTelephony } from '../adapters/ari/telephony.ts';
import { createWatchdog } from '../adapters/ari/watchdog.ts';
import { openRecordings } from '../adapters/recordings/files.ts';
import type { Config } from '../config.ts';
import type { CallRules } from '../domain/call/rules.ts';
import type { CallRecords, Clock, Log, Meter } from '../engine/ports.ts';
import type { Site } from '../protocol/site.ts';

const noRecords: CallRecords = { read: () => Promise.resolve([]) };

interface AsteriskParts {
  readonly config: Config;
  readonly site: Site;
  readonly rules: CallRules;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

export function wireAsterisk({ config, site, rules, clock, log, meter }: AsteriskParts) {
  const ari = {
    url: config.HOTLINE_ARI_URL,
    user: config.HOTLINE_ARI_USER,
    password: config.HOTLINE_ARI_PASSWORD,
    app: 'hotline',
    log,
    meter,
  };
  const lines = new Set([...site.lines, ...site.experts].map((line) => line.id));
  const telephony = createTelephony({
    ...ari,
    clock,
    targetOf: (exten) => {
      if (lines.has(exten)) return { line: exten };
      return rules.platformOfSeat(exten) === null ? null : { seat: exten };
    },
  });
  const phones = createPhones({
    ...ari,
    registrar: `${config.HOTLINE_SIP.host}:${config.HOTLINE_SIP.port}`,
    publicBase: `http://${config.HOTLINE_HTTP.host}:${config.HOTLINE_HTTP.port}`,
  });
  const records =
    config.HOTLINE_CDR_FILE === undefined
      ? noRecords
      : createCallRecords({
          file: config.HOTLINE_CDR_FILE,
          placeFile: join(config.HOTLINE_STATE, 'call-records-place.json'),
          clock,
          log,
          meter,
        });
  const sipGuesses =
    config.HOTLINE_SECURITY_LOG === undefined ? null : createSipGuesses(config.HOTLINE_SECURITY_LOG, meter);
  const recordings =
    config.HOTLINE_RECORDINGS === undefined
      ? null
      : openRecordings(
          config.HOTLINE_RECORDINGS,
          join(config.HOTLINE_STATE, 'recordings-open.ndjson'),
          clock,
        );
  // A hung Asterisk is known within 5 s (F6).
  const watchdog = createWatchdog({ ...ari, everyMs: 1300, timeoutMs: 1000 });
  return {
    telephony,
    phones,
    records,
    sipGuesses,
    recordings,
    watchdog,
    sipUrl: sipOverWebSocket(config.HOTLINE_ARI_URL),
  };
}

/** Asterisk's one HTTP server also carries SIP over WebSocket, at `/ws`. */
function sipOverWebSocket(ariUrl: string): string {
  const url = new URL('/ws', ariUrl);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}
