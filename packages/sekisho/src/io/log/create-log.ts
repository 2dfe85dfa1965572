import { pino } from 'pino';
import { escapeJsonLine } from './escape-text.ts';
import { formatHumanLine } from './human-line.ts';
import type { Log, LogFields, LogLevel } from './log.ts';

/** `json`: one object a line, for machines. `human`: one line for a person at a terminal. */
export type LogFormat = 'json' | 'human';

export interface CreateLogOptions {
  /** Events below it are dropped. Default `info`. */
  readonly level?: LogLevel;
  /** Default `json`. */
  readonly format?: LogFormat;
  /** Only for `human`. Default `false`. */
  readonly colours?: boolean;
  /** Where lines go, such as `process.stderr`; must take a line whole. */
  readonly stream: { write(line: string): unknown };
  /** Time of an event in milliseconds since the epoch; default the machine's clock. */
  readonly now?: () => number;
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/**
 * Failures of the world and of the operator have a code of their own, and no use for a stack trace; a defect has none,
 * or one that Node gives to wrong calls.
 */
function describeError(error: Error): unknown {
  const { code, message } = error as Error & { readonly code?: unknown };
  const isDefect = code === undefined || (typeof code === 'string' && code.startsWith('ERR_'));
  return isDefect ? pino.stdSerializers.err(error) : { code, message };
}

/** Errors have no enumerable properties: without this they would be written as `{}`. */
function describeErrors(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      value instanceof Error ? describeError(value) : value,
    ]),
  );
}

function createJsonLog({ level = 'info', stream, now = Date.now }: CreateLogOptions): Log {
  const logger = pino(
    {
      level,
      base: null,
      formatters: { level: (label) => ({ level: label }) },
      timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
    },
    { write: (line) => void stream.write(`${escapeJsonLine(line.trimEnd())}\n`) },
  );
  const at =
    (name: LogLevel) =>
    (event: string, fields: LogFields = {}): void => {
      if (logger.isLevelEnabled(name)) logger[name](describeErrors(fields), '%s', event);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function createHumanLog(options: CreateLogOptions): Log {
  const { level = 'info', colours = false, stream, now = Date.now } = options;
  const at =
    (name: LogLevel) =>
    (event: string, fields: LogFields = {}): void => {
      if (LEVELS.indexOf(name) < LEVELS.indexOf(level)) return;
      stream.write(`${formatHumanLine({ atMs: now(), level: name, event, fields }, colours)}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** The log that writes: one line an event, text of others escaped in both forms. */
export function createLog(options: CreateLogOptions): Log {
  return options.format === 'human' ? createHumanLog(options) : createJsonLog(options);
}
