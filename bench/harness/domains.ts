import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The domains of the benchmark: as long as real ones, each with mail servers of its own. */
export function domainName(index: number): string {
  return `d${String(index).padStart(6, '0')}.bench.test`;
}

export const POLICY_ID = '20260101T000000';
export const MAX_AGE_SECONDS = 1_209_600;

/** The mail servers of a domain. */
export function mxOf(domain: string): readonly string[] {
  return [`mx1.${domain}`, `mx2.${domain}`];
}

/** The policy of a domain (RFC 8461 §3.2). */
export function policyOf(domain: string): string {
  const mx = mxOf(domain).map((host) => `mx: ${host}`);
  const lines = ['version: STSv1', 'mode: enforce', ...mx, `max_age: ${String(MAX_AGE_SECONDS)}`];
  return lines.map((line) => `${line}\r\n`).join('');
}

/** The netstring that answers a domain, and that servers of a constant give for all: every server sends as much. */
export function replyOf(domain: string): string {
  const line = `OK secure match=${mxOf(domain).join(':')} servername=hostname`;
  return `${String(line.length)}:${line},`;
}

/** Writes the names of the first `count` domains, one a line, and returns the path. */
export function writeKeys(directory: string, count: number): string {
  const file = join(directory, `keys-${String(count)}.txt`);
  const names = Array.from({ length: Math.max(1, count) }, (_, index) => domainName(index));
  writeFileSync(file, `${names.join('\n')}\n`);
  return file;
}
