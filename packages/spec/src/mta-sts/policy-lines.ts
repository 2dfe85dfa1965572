/**
 * The lines of a policy body as published, without their LF or CRLF and without an empty last one; what a TLS report
 * calls `policy-string`. RFC 8461 §3.2, RFC 8460 §4.5.
 *
 * @example
 * ```ts
 * import { policyLines } from '@sekisho/spec';
 *
 * assert.deepEqual(policyLines('version: STSv1\r\nmode: none\n'), ['version: STSv1', 'mode: none']);
 * ```
 */
export function policyLines(body: string): readonly string[] {
  const lines = body.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}
