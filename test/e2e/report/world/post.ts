import { waitFor } from '../../world/wait-for.ts';
import { type Observed, observe } from '../../world/whereabouts.ts';
import type { ReportWorld } from './report-world.ts';

export type Fate = Observed['kind'];

/** Sends mail and finds out where it is. */
export interface Post {
  /** Sends so many messages to each domain, and tells where each is once it has been tried. */
  sendAll(
    counts: readonly (readonly [domain: string, messages: number])[],
  ): Promise<ReadonlyMap<string, readonly Fate[]>>;
}

export function createPost({
  postfix,
  mailboxes,
}: Pick<ReportWorld, 'postfix' | 'mailboxes'>): Post {
  let sent = 0;
  const toDomain = ([domain, messages]: readonly [string, number]) =>
    Array.from({ length: messages }, () => {
      sent += 1;
      // Recipients of their own tell messages apart in the queue.
      return { domain, token: `m${sent}`, recipient: `m${sent}@${domain}` };
    });
  return {
    async sendAll(counts) {
      const messages = counts.flatMap(toDomain);
      await postfix.send(messages);
      const fates = (): ReadonlyMap<string, Fate> => {
        const [received, queued] = [mailboxes(), postfix.queue()];
        return new Map(
          messages.map(({ token, recipient }) => {
            const copies = received.filter((copy) => copy.token === token);
            const inQueue = queued.find((each) => each.recipient === recipient);
            return [token, observe(copies, inQueue).kind];
          }),
        );
      };
      await waitFor(
        'all messages to be tried',
        () => [...fates().values()].every((fate) => fate !== 'astray'),
        { withinMs: 60_000, everyMs: 100 },
      );
      const found = fates();
      const of = (domain: string) =>
        messages
          .filter((each) => each.domain === domain)
          .map(({ token }) => found.get(token) ?? 'astray');
      return new Map(counts.map(([domain]) => [domain, of(domain)]));
    },
  };
}
