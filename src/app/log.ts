import { type Logger, pino } from 'pino';
import type { Log } from '../kernel/log.ts';

/** How much is logged. */
export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** A structured log of JSON lines on standard error. */
export function createLog(level: LogLevel): Log {
  return wrap(pino({ level, base: null }, pino.destination({ dest: 2, sync: true })));
}

function wrap(logger: Logger): Log {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields) => wrap(logger.child(fields)),
  };
}
