import { IoError } from '../error.ts';
import { CannotBegin } from './transaction.ts';

interface Diagnosis {
  readonly code: string;
  readonly remedy: string;
  readonly temporary: boolean;
}

const NOT_ALLOWED: Diagnosis = {
  code: 'store-unwritable',
  remedy: 'the file and its directory must be writable by the user that runs sekisho',
  temporary: false,
};
const NO_DIRECTORY: Diagnosis = {
  code: 'store-unwritable',
  remedy: 'what should be a directory is none; move it away',
  temporary: false,
};
const DISK_FULL: Diagnosis = {
  code: 'store-unwritable',
  remedy: 'the disk must have free space',
  temporary: true,
};
const DAMAGED: Diagnosis = {
  code: 'store-corrupt',
  remedy: 'move the file away or restore a copy',
  temporary: false,
};
const BUSY: Diagnosis = {
  code: 'store-failed',
  remedy: 'another program holds it; try again when that has ended',
  temporary: true,
};
const UNKNOWN: Diagnosis = {
  code: 'store-failed',
  remedy: 'see the system log for errors of the disk',
  temporary: false,
};

/** By SQLite's primary result code, the low byte of the extended one. */
const BY_RESULT_CODE: ReadonlyMap<number, Diagnosis> = new Map([
  [3, NOT_ALLOWED], // SQLITE_PERM
  [5, BUSY], // SQLITE_BUSY
  [6, BUSY], // SQLITE_LOCKED
  [8, NOT_ALLOWED], // SQLITE_READONLY
  [11, DAMAGED], // SQLITE_CORRUPT
  [13, DISK_FULL], // SQLITE_FULL
  [14, NOT_ALLOWED], // SQLITE_CANTOPEN
  [26, DAMAGED], // SQLITE_NOTADB
]);

const BY_SYSTEM_CODE: ReadonlyMap<string, Diagnosis> = new Map([
  ['EACCES', NOT_ALLOWED],
  ['EPERM', NOT_ALLOWED],
  ['EROFS', NOT_ALLOWED],
  ['EEXIST', NO_DIRECTORY],
  ['ENOTDIR', NO_DIRECTORY],
  ['ENOENT', NOT_ALLOWED],
  ['ENOSPC', DISK_FULL],
  ['EDQUOT', DISK_FULL],
]);

/**
 * What SQLite or the file system threw, as the error told to callers. One that is an `IoError` already stays, and so does
 * a `TypeError`: a wrong call is a defect, and not the file's fault.
 *
 * @param action the verb, such as `open`.
 * @param what the store with its file, such as `publish store "/var/lib/sekisho/publish.sqlite3"`.
 */
export function sqliteError(error: unknown, action: string, what: string): IoError | TypeError {
  if (error instanceof CannotBegin) return sqliteError(error.cause, action, what);
  if (error instanceof IoError || error instanceof TypeError) return error;
  const { code, temporary, remedy } = diagnose(error);
  const reason = error instanceof Error ? error.message : String(error);
  const message = `Cannot ${action} ${what}: ${reason}; ${remedy}`;
  return new IoError(code, message, { temporary, cause: error });
}

function diagnose(error: unknown): Diagnosis {
  const { errcode, code } = error as { readonly errcode?: unknown; readonly code?: unknown };
  if (typeof errcode === 'number') return BY_RESULT_CODE.get(errcode & 0xff) ?? UNKNOWN;
  return (typeof code === 'string' ? BY_SYSTEM_CODE.get(code) : undefined) ?? UNKNOWN;
}

/** Whether SQLite said that another connection holds the file. */
export function isBusy(error: unknown): boolean {
  const { errcode } = error as { readonly errcode?: unknown };
  return typeof errcode === 'number' && BY_RESULT_CODE.get(errcode & 0xff) === BUSY;
}
