import { escapeText } from './escape-text.ts';
import type { LogLevel } from './log.ts';

/** One event, ready to be written. */
export interface LogLine {
  readonly atMs: number;
  readonly level: LogLevel;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const COLOURS: Readonly<Record<LogLevel, number>> = { debug: 90, info: 36, warn: 33, error: 31 };
const BARE = /^[\w.:/@+*~%,=[\]-]+$/u;

function paint(text: string, colour: number, colours: boolean): string {
  return colours ? `\x1b[${String(colour)}m${text}\x1b[0m` : text;
}

function timeOfDay(atMs: number): string {
  const at = new Date(atMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const milliseconds = String(at.getMilliseconds()).padStart(3, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${milliseconds}`;
}

function formatString(text: string): string {
  const safe = escapeText(text);
  return BARE.test(safe) ? safe : `"${safe.replaceAll('"', '\\"')}"`;
}

function formatError({ message, code }: Error & { readonly code?: unknown }): string {
  return formatString(typeof code === 'string' ? `${message} (${code})` : message);
}

function formatValue(value: unknown): string {
  if (value instanceof Error) return formatError(value);
  if (typeof value === 'string') return formatString(value);
  if (Array.isArray(value)) return `[${value.map(formatValue).join(' ')}]`;
  return formatString(JSON.stringify(value) ?? String(value));
}

/**
 * One line for a person: local time of day, level, event, `key=value`. No character of a field can end
 * the line or reach the terminal as a control.
 */
export function formatHumanLine(line: LogLine, colours: boolean): string {
  const level = paint(line.level.padEnd(5), COLOURS[line.level], colours);
  const fields = Object.entries(line.fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${paint(`${escapeText(key)}=`, 90, colours)}${formatValue(value)}`);
  const event = escapeText(line.event);
  return [paint(timeOfDay(line.atMs), 90, colours), level, event, ...fields].join(' ');
}
