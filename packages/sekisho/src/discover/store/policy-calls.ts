import type { PolicyStore } from './policy-store.ts';

type Method = Exclude<keyof PolicyStore, 'close'>;

/** The same contract without waiting, as tables carry it out. */
export type SyncPolicyStore = {
  readonly [M in Method]: (
    ...args: Parameters<PolicyStore[M]>
  ) => Awaited<ReturnType<PolicyStore[M]>>;
};

/** One call as data, so that it can cross to a thread. */
export type PolicyCall = {
  readonly [M in Method]: { readonly method: M; readonly args: Parameters<PolicyStore[M]> };
}[Method];

/** Carries out a call that came as data. */
export function performCall(
  store: SyncPolicyStore | Omit<PolicyStore, 'close'>,
  { method, args }: PolicyCall,
): unknown {
  return (store[method] as (...given: readonly unknown[]) => unknown)(...args);
}

/** Makes a store out of something that carries out calls. */
export function policyStoreOf(
  perform: (call: PolicyCall) => Promise<unknown>,
  close: () => Promise<void>,
): PolicyStore {
  const calling = <M extends Method>(method: M): PolicyStore[M] =>
    ((...args: Parameters<PolicyStore[M]>) =>
      perform({ method, args } as unknown as PolicyCall)) as PolicyStore[M];
  return {
    get: calling('get'),
    putPolicy: calling('putPolicy'),
    putState: calling('putState'),
    remove: calling('remove'),
    history: calling('history'),
    list: calling('list'),
    listPolicyDomains: calling('listPolicyDomains'),
    listDue: calling('listDue'),
    sweep: calling('sweep'),
    removeAll: calling('removeAll'),
    count: calling('count'),
    oldestFetchMs: calling('oldestFetchMs'),
    close,
  };
}

/** A store whose calls go to whichever store is in charge when they are made. */
export function createStoreRelay(
  current: () => Omit<PolicyStore, 'close'>,
  close: () => Promise<void>,
): PolicyStore {
  return policyStoreOf(async (call) => performCall(current(), call), close);
}
