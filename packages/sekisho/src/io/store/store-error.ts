import { IoError } from '../error.ts';

/** Why a store cannot serve; the code of the `IoError` that is thrown. */
export type StoreErrorCode =
  | 'store-unwritable' // no permission, read-only, or the disk is full
  | 'store-corrupt' // not a database, or a damaged one
  | 'store-newer' // written by a later version of this program
  | 'store-older' // opened for reading only, and not yet brought up to date by the daemon
  | 'store-missing' // opened for reading only, and there is no file
  | 'store-closed' // called after close
  | 'store-failed'; // anything else

/** An `IoError` as data, so that it can cross from the worker. */
export interface StoreFailure {
  readonly code: StoreErrorCode;
  readonly message: string;
  readonly temporary: boolean;
}

/** The error that is thrown for a failure. */
export function storeError(failure: StoreFailure, cause?: unknown): IoError {
  return new IoError(failure.code, failure.message, { temporary: failure.temporary, cause });
}

/** A failure that the worker found by itself, thrown inside the worker only. */
export class StoreFault extends Error {
  override readonly name = 'StoreFault';
  readonly failure: StoreFailure;

  constructor(code: StoreErrorCode, message: string) {
    super(message);
    this.failure = { code, message, temporary: false };
  }
}
