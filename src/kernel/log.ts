/** Facts of a log line; names are the field's standard terms, units at their end. Never a secret. */
export type LogFields = { readonly [name: string]: unknown };

/** Structured log, the shape of pino without depending on it. */
export interface Log {
  readonly debug: (fields: LogFields, message: string) => void;
  readonly info: (fields: LogFields, message: string) => void;
  readonly warn: (fields: LogFields, message: string) => void;
  readonly error: (fields: LogFields, message: string) => void;
  /** The same log with more facts on every line. */
  readonly child: (fields: LogFields) => Log;
}

/** A log that says nothing, for tests and short-lived tools. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};

/** How much is logged. */
export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];
