// The log: JSON lines by pino, with secrets and personal data masked before they reach it.
// It must not be used for the record of what happened: those are facts.
import { pino } from 'pino';
import type { DestinationStream } from 'pino';
import type { Log } from '../../engine/ports.ts';
import { masked, maskText } from './masking.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Writes to standard output unless told otherwise; at once, so that a killed process has said all it had to say. */
export function createLog(
  level: LogLevel,
  to: DestinationStream = pino.destination({ fd: 1, sync: true }),
): Log {
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, to);
  const at = (name: 'debug' | 'info' | 'warn' | 'error') => (details: object, message: string) => {
    if (logger.isLevelEnabled(name)) logger[name](masked(details) as object, maskText(message));
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
