import type { Receiver } from './addresses.ts';
import type { Received } from './mailboxes.ts';
import type { Queued } from './sender.ts';

/** Where a message is. */
export type Observed =
  | { readonly kind: 'delivered'; readonly to: Receiver; readonly by: 'tls' | 'plain' }
  | { readonly kind: 'deferred'; readonly because: string }
  /** In no mailbox and not in the queue, in two places at once, or not tried at all. */
  | { readonly kind: 'astray'; readonly because: string };

/** Tells where a message is from all its copies and its entry in the sender's queue. */
export function observe(copies: readonly Received[], queued: Queued | undefined): Observed {
  const [copy] = copies;
  if (copy === undefined) {
    if (queued === undefined) return { kind: 'astray', because: 'in no mailbox and not queued' };
    const { queue, reason } = queued;
    if (queue === 'deferred' && reason !== '') return { kind: 'deferred', because: reason };
    return { kind: 'astray', because: `in the ${queue} queue, not tried` };
  }
  if (copies.length > 1 || queued !== undefined) {
    const places = [...copies.map(({ mailbox }) => mailbox), queued?.queue ?? ''];
    return { kind: 'astray', because: `in several places: ${places.join(' ')}` };
  }
  return {
    kind: 'delivered',
    to: copy.mailbox,
    by: copy.tlsVersion === undefined ? 'plain' : 'tls',
  };
}
