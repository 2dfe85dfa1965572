import type { Domain } from '@sekisho/spec';
import type { PublishStore } from '../../publish/store/index.ts';
import { readStatus, type StatusParts } from '../../publish/index.ts';
import type { DomainSummary, HistoryAnswer, StatusAnswer } from '../control/publish.ts';

/** Reads what is published: in the service, and beside it or without it from the same store. */
export interface PublishReader {
  /** In order of name, at most `limit` behind `after`. */
  list(page: { readonly after?: Domain; readonly limit: number }): Promise<DomainSummary[]>;
  status(domain: Domain): Promise<StatusAnswer | undefined>;
  /** Undefined if the domain never had a policy here. */
  history(domain: Domain): Promise<HistoryAnswer | undefined>;
}

const MOST_EVENTS = 1000;

export function createReader(parts: StatusParts): PublishReader {
  const { store } = parts;
  return {
    async list(page) {
      const domains = await store.listDomains(page);
      return Promise.all(
        domains.map(async (domain) => {
          const served = await store.getServed(domain.domain);
          return {
            domain,
            ...(served === undefined ? {} : { served }),
            ...(await certificateOf(store, domain.domain)),
          };
        }),
      );
    },
    async status(domain) {
      const status = await readStatus(parts, domain);
      if (status === undefined) return undefined;
      return { ...status, ...(await certificateOf(store, domain)) };
    },
    async history(domain) {
      const versions = await store.listVersions(domain);
      const events = await store.listEvents(domain, MOST_EVENTS);
      return versions.length === 0 && events.length === 0 ? undefined : { versions, events };
    },
  };
}

async function certificateOf(store: PublishStore, domain: Domain) {
  const certificate = await store.getCertificate(domain);
  return certificate === undefined ? {} : { certificate };
}
