import type { HistoryLimits } from './limits.ts';
import type { StoreReply, StoreRequest } from './sqlite-batch.ts';
import type { StoreFailure } from './store-error.ts';

/** Which store a thread is to carry, and how. */
export interface StoreTask {
  readonly file: string;
  readonly readOnly: boolean;
  readonly historyLimits: HistoryLimits;
}

/** To the worker: calls, or the wish to end. */
export type ToWorker = readonly StoreRequest[] | 'close';

/** From the worker: first whether it opened the file, then replies. */
export type FromWorker =
  | { readonly kind: 'open' }
  | { readonly kind: 'not-open'; readonly failure: StoreFailure }
  | { readonly kind: 'replies'; readonly replies: readonly StoreReply[] };
