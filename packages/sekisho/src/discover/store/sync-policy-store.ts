import type { PolicyStore } from './policy-store.ts';

/** The calls of a store that a worker or a fake carries out. */
export type StoreMethod = Exclude<keyof PolicyStore, 'close'>;

/** The same contract without waiting, as it is carried out inside the worker and by the fake. */
export type SyncPolicyStore = {
  readonly [Method in StoreMethod]: (
    ...args: Parameters<PolicyStore[Method]>
  ) => Awaited<ReturnType<PolicyStore[Method]>>;
};

/** One call as data, so that it can cross to the worker. */
export type StoreCall = {
  readonly [Method in StoreMethod]: {
    readonly method: Method;
    readonly args: Parameters<PolicyStore[Method]>;
  };
}[StoreMethod];

const WRITES: ReadonlySet<StoreMethod> = new Set([
  'putPolicy',
  'putState',
  'remove',
  'sweep',
  'removeAll',
]);

/** Whether the call changes something. */
export function isWrite({ method }: StoreCall): boolean {
  return WRITES.has(method);
}

/** Carries out a call that came as data. */
export function performCall(store: SyncPolicyStore, call: StoreCall): unknown {
  const method = store[call.method] as (...args: readonly unknown[]) => unknown;
  return method(...call.args);
}

/** Makes the waiting store out of something that carries out calls. */
export function policyStoreOf(
  perform: (call: StoreCall) => Promise<unknown>,
  close: () => Promise<void>,
): PolicyStore {
  const waiting = <Method extends StoreMethod>(method: Method): PolicyStore[Method] =>
    ((...args: Parameters<PolicyStore[Method]>) =>
      perform({ method, args } as unknown as StoreCall)) as PolicyStore[Method];
  return {
    get: waiting('get'),
    putPolicy: waiting('putPolicy'),
    putState: waiting('putState'),
    remove: waiting('remove'),
    history: waiting('history'),
    list: waiting('list'),
    listDue: waiting('listDue'),
    sweep: waiting('sweep'),
    removeAll: waiting('removeAll'),
    count: waiting('count'),
    oldestFetchMs: waiting('oldestFetchMs'),
    close,
  };
}
