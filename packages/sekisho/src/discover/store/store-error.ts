import { IoError } from '../../io/error.ts';

/** An `IoError` as data, so that it can cross from the worker. */
export interface StoreFailure {
  /** One that `openSqlitePolicyStore` names, or `store-closed`: called after close. */
  readonly code: string;
  readonly message: string;
  readonly temporary: boolean;
}

/** The error that is thrown for a failure. */
export function storeError(failure: StoreFailure, cause?: unknown): IoError {
  return new IoError(failure.code, failure.message, { temporary: failure.temporary, cause });
}
