import type { Log, LogFields, LogLevel } from '../../../io/log/index.ts';

/** One event of a log on its way to another thread. */
export interface ForwardedEvent {
  readonly level: LogLevel;
  readonly event: string;
  readonly fields: LogFields;
  /** The field `error`, apart: an `Error` that crosses loses its code. */
  readonly error?: { readonly message: string; readonly code: string | undefined };
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** A log whose events are written in another thread. What is below `least` stays here: it would be thrown away there. */
export function createForwardingLog(
  least: LogLevel,
  forward: (event: ForwardedEvent) => void,
): Log {
  const at =
    (level: LogLevel) =>
    (event: string, { error, ...fields }: LogFields = {}): void => {
      if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return;
      forward({ level, event, fields, ...(error === undefined ? {} : { error: toData(error) }) });
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Writes an event that came from a forwarding log. */
export function writeForwarded(log: Log, { level, event, fields, error }: ForwardedEvent): void {
  if (error === undefined) log[level](event, fields);
  else log[level](event, { ...fields, error: toError(error) });
}

function toData(error: unknown): ForwardedEvent['error'] & object {
  const { message = String(error), code } = error as Partial<NodeJS.ErrnoException>;
  return { message, code };
}

const toError = ({ message, code }: ForwardedEvent['error'] & object): Error =>
  Object.assign(new Error(message), code === undefined ? {} : { code });
