import { type DestinationStream, type Logger, pino } from 'pino';
import { harmlessJson, type Log, type LogLevel } from '../../kernel/index.ts';

/** A structured log of JSON lines on standard error. */
export function createLog(level: LogLevel, to: DestinationStream = pino.destination({ dest: 2, sync: true })): Log {
  // Any line may contain names that clients choose, and a terminal may print it.
  return wrap(pino({ level, base: null, hooks: { streamWrite: harmlessJson } }, to));
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
