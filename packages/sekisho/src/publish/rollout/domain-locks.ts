import type { Domain } from '@sekisho/spec';

/** Lets one piece of work at a time touch a domain; the others wait, first come, first served. */
export type DomainLocks = <T>(domain: Domain, work: () => Promise<T>) => Promise<T>;

/** Makes the locks of one rollout; a domain that nobody works on costs nothing. */
export function createDomainLocks(): DomainLocks {
  const last = new Map<Domain, Promise<unknown>>();
  return (domain, work) => {
    const before = last.get(domain) ?? Promise.resolve();
    const mine = before.then(work);
    // Whoever waits goes on also after a failure; the failure is the caller's.
    const settled = mine.then(
      () => undefined,
      () => undefined,
    );
    last.set(domain, settled);
    void settled.then(() => {
      if (last.get(domain) === settled) last.delete(domain);
    });
    return mine;
  };
}
