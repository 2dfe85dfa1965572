import { sha256 } from '../text/sha256.ts';
import { utf8 } from '../text/utf8.ts';

/**
 * An id for the TXT record that follows from the policy's text: the first 128 bits of its SHA-256 as 32 lower-case
 * hexadecimal digits. The same text always has the same id; another text has another. RFC 8461 §3.1.
 *
 * @example
 * ```ts
 * import { derivePolicyId } from '@sekisho/spec';
 *
 * const id = derivePolicyId('version: STSv1\r\nmode: none\r\nmax_age: 86400\r\n');
 * assert.match(id, /^[a-f0-9]{32}$/);
 * assert.notEqual(id, derivePolicyId('version: STSv1\r\nmode: none\r\nmax_age: 86401\r\n'));
 * ```
 */
export function derivePolicyId(policyText: string): string {
  return sha256(utf8(policyText)).slice(0, 32);
}
