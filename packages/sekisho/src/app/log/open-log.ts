import { createLog, type Log, type LogFormat } from '../../io/log/index.ts';
import { wantsColours } from '../colours.ts';
import type { Settings } from '../config/index.ts';

/** Where the log goes, as `process.stderr` is. */
export interface LogTarget {
  readonly isTTY?: boolean;
  write(line: string): unknown;
}

type Environment = Readonly<Record<string, string | undefined>>;

function chooseFormat({ format }: Settings['log'], target: LogTarget): LogFormat {
  if (format !== 'auto') return format;
  // The journal and a pipe are no terminals: what reads them wants fields.
  return target.isTTY === true ? 'human' : 'json';
}

/** The log as the settings want it; colours only where {@link wantsColours} allows them. */
export function openLog(
  settings: Settings['log'],
  target: LogTarget,
  environment: Environment,
): Log {
  return createLog({
    level: settings.level,
    format: chooseFormat(settings, target),
    colours: wantsColours(target, environment),
    stream: target,
  });
}
