import { createHmac } from 'node:crypto';
import type { Domain } from '@sekisho/spec';
import type { PolicyStore, StoredPolicy } from '../../packages/sekisho/src/discover/store/index.ts';

/** More than are ever in flight, so that no two calls for one domain overlap, as in the program itself. */
const DOMAINS = 5_000;
const DAY_MS = 86_400_000;

/** The n-th thing that a storm does. */
export type StormOperation =
  | { readonly kind: 'put'; readonly policyDomain: Domain; readonly policy: StoredPolicy }
  | { readonly kind: 'remove'; readonly policyDomain: Domain };

/**
 * Writer and judge agree on every operation without speaking. A policy's text is signed with the storm's key: one that
 * nobody issued, or that came under another's name, cannot have the right signature.
 */
export function stormOperation(number: number, key: string): StormOperation {
  const policyDomain = `d${number % DOMAINS}.example` as Domain;
  if (Math.imul(number, 2_654_435_761) >>> 28 === 0) {
    return { kind: 'remove', policyDomain };
  }
  const id = `n${number}`;
  const signature = createHmac('sha256', key).update(`${policyDomain} ${id}`).digest('hex');
  const body = `version: STSv1\r\nmode: enforce\r\nmx: ${signature}.example\r\nmax_age: 86400\r\n`;
  const fetchedAtMs = 1_760_000_000_000 + number;
  return {
    kind: 'put',
    policyDomain,
    policy: {
      policyDomain,
      id,
      body: body.padEnd(body.length + (number % 40) ** 2, `x-${signature}: ${id}\r\n`),
      fetchedAtMs,
      expiresAtMs: fetchedAtMs + DAY_MS,
      refreshAtMs: fetchedAtMs + DAY_MS / 2,
    },
  };
}

/** Carries the operation out; resolves when the store has acknowledged it. */
export async function perform(store: PolicyStore, operation: StormOperation): Promise<void> {
  if (operation.kind === 'put') {
    await store.putPolicy(operation.policy);
  } else {
    await store.remove(operation.policyDomain, 'purged', 1_760_000_000_000);
  }
}
