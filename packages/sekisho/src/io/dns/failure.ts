import type { Question } from './query.ts';
import type { DnsFailure, DnsFailureCode } from './resolver.ts';

/** The failure that tells most comes first. */
const TELLING: readonly DnsFailureCode[] = [
  'servfail',
  'refused',
  'rcode',
  'malformed',
  'timeout',
  'network',
];

/** Makes the failure of a lookup, for one or several reasons given as clauses. */
export function toFailure(
  { name, type }: Question,
  code: DnsFailureCode,
  reasons: readonly string[],
): DnsFailure {
  const message = `Cannot look up ${type} of "${printable(name, 255)}": ${reasons.join('; ')}`;
  return { kind: 'failure', code, message };
}

/** Chooses the code for a lookup that failed in several ways. */
export function mostTelling(codes: readonly DnsFailureCode[]): DnsFailureCode {
  return TELLING.find((code) => codes.includes(code)) ?? 'timeout';
}

/** Reduces remote text to printable ASCII of at most `maxLength` characters, so that it is safe in a log line. */
export function printable(text: string, maxLength: number): string {
  const ascii = text.replaceAll(/[^\x20-\x7e]/g, '?');
  return ascii.length > maxLength ? `${ascii.slice(0, maxLength)}...` : ascii;
}
