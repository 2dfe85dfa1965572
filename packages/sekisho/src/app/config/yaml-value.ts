import { escapeJsonLine } from '../../io/log/index.ts';

const PLAIN = /^[A-Za-z/][\w./-]*$/u;
const WORDS = new Set(['true', 'false', 'null', 'yes', 'no', 'on', 'off', 'y', 'n']);

/** A scalar or list on one line of YAML; text is quoted wherever another reader could see something else. */
export function formatYamlValue(value: unknown): string {
  if (Array.isArray(value))
    return `[${value.map((item) => escapeJsonLine(JSON.stringify(item))).join(', ')}]`;
  if (typeof value === 'string' && PLAIN.test(value) && !WORDS.has(value.toLowerCase()))
    return value;
  return escapeJsonLine(JSON.stringify(value) ?? '');
}
