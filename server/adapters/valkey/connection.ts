// One connection to Valkey that comes back by itself. It must not queue while it is away: what was meant for then is stale.
import { Redis } from 'ioredis';
import type { Log } from '../../engine/ports.ts';

const connectMilliseconds = 1000;
const slowestRetryMilliseconds = 500;

/** Starts to connect at once; use it only while `status` is 'ready'. */
export function connectValkey(url: string, log: Log): Redis {
  const client = new Redis(url, {
    connectTimeout: connectMilliseconds,
    commandTimeout: connectMilliseconds,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (times) => Math.min(50 * times, slowestRetryMilliseconds),
    // A server that has become a replica, or is loading, is no use: look for a better one.
    reconnectOnError: (error) => /^(READONLY|LOADING|MASTERDOWN)/.test(error.message),
  });
  let told = false;
  client.on('error', (error: Error) => {
    if (told) return;
    told = true;
    log.warn(
      { reason: error.message },
      'Valkey is away; calls go on, the shared live view is rebuilt on return',
    );
  });
  client.on('ready', () => {
    if (told) log.info({}, 'Valkey is back');
    told = false;
  });
  return client;
}
