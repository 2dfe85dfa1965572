import { derivePolicyId } from '@sekisho/spec';

/**
 * The id for a text: derived from it, and with a counter where the domain has used that id before, since a text that
 * is published again must be seen as a change (RFC 8461 §3.1).
 */
export function choosePolicyId(body: string, used: ReadonlySet<string>): string {
  let id = derivePolicyId(body);
  for (let again = 2; used.has(id); again += 1) id = derivePolicyId(`${again}\r\n${body}`);
  return id;
}
