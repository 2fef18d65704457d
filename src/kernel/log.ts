/** The fields of a log line. Names are the field's standard terms, with units at their end. Never a secret. */
export type LogFields = { readonly [name: string]: unknown };

/** A structured log, with the interface of pino without depending on it. */
export interface Log {
  readonly debug: (fields: LogFields, message: string) => void;
  readonly info: (fields: LogFields, message: string) => void;
  readonly warn: (fields: LogFields, message: string) => void;
  readonly error: (fields: LogFields, message: string) => void;
  /** Returns the same log with more fields on every line. */
  readonly child: (fields: LogFields) => Log;
}

/** A log without output, for tests and short-lived tools. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};

/** The log levels. */
export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];
