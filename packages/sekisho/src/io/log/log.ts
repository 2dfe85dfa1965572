/** How much is written: each level includes the ones after it. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/**
 * What belongs to an event. Values may be remote text: the writer escapes it. An `Error` is written with
 * its message and code. The names that every line has already are not free.
 */
export type LogFields = Readonly<Record<string, unknown>> & {
  readonly time?: never;
  readonly level?: never;
  readonly msg?: never;
};

/**
 * The log as a port: one call, one line. `event` is a fixed sentence of ours, such as `policy fetched`;
 * everything that varies goes into `fields`.
 */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}
