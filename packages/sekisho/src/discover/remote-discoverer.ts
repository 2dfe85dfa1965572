import type { Domain } from '@sekisho/spec';
import type { Caller } from '../io/thread/index.ts';
import type { Discoverer, Finding, Search } from './discoverer.ts';

/** What a discoverer is asked, as data. */
export type DiscovererRequest =
  | { readonly kind: 'discover'; readonly search: Search }
  | { readonly kind: 'retry-unsaved'; readonly isLastTime: boolean }
  | { readonly kind: 'forget-unsaved'; readonly policyDomain: Domain | undefined };

/** What it answers; `finding` to `discover` alone. */
export interface DiscovererAnswer {
  readonly finding?: Finding;
  readonly unsaved: number;
}

/** The work of a discoverer in another thread. */
export interface DiscovererWork {
  readonly request: DiscovererRequest;
  readonly answer: DiscovererAnswer;
  readonly notice: never;
}

/** A discoverer that works where its requests are sent to, such as in another thread by `performRequest`. */
export function createRemoteDiscoverer(call: Caller<DiscovererWork>['call']): Discoverer {
  let unsaved = 0;
  const ask = async (request: DiscovererRequest, signal?: AbortSignal) => {
    const answer = await call(request, signal);
    unsaved = answer.unsaved;
    return answer;
  };
  return {
    get unsaved() {
      return unsaved;
    },
    async discover(search, signal) {
      const { finding } = await ask({ kind: 'discover', search }, signal);
      if (finding === undefined) throw new TypeError('The discoverer found nothing');
      return finding;
    },
    async retryUnsaved(isLastTime = false) {
      await ask({ kind: 'retry-unsaved', isLastTime });
    },
    async forgetUnsaved(policyDomain) {
      await ask({ kind: 'forget-unsaved', policyDomain });
    },
  };
}

/** Carries out what a remote discoverer was asked. */
export async function performRequest(
  discoverer: Discoverer,
  request: DiscovererRequest,
  signal: AbortSignal,
): Promise<DiscovererAnswer> {
  switch (request.kind) {
    case 'discover': {
      const finding = await discoverer.discover(request.search, signal);
      return { finding, unsaved: discoverer.unsaved };
    }
    case 'retry-unsaved':
      await discoverer.retryUnsaved(request.isLastTime);
      break;
    case 'forget-unsaved':
      await discoverer.forgetUnsaved(request.policyDomain);
      break;
  }
  return { unsaved: discoverer.unsaved };
}
