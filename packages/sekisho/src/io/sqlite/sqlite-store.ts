import type { DatabaseSync } from 'node:sqlite';
import { IoError } from '../error.ts';
import {
  openSqliteFile,
  sqliteFilePath,
  type SqliteStoreDefinition,
  type SqliteStoreOptions,
} from './open-sqlite-file.ts';
import { sqliteError } from './sqlite-error.ts';
import { CannotBegin, inTransaction } from './transaction.ts';

/** Calls of one transaction; it takes some tens of milliseconds, in which nothing else is answered. */
const MOST_AT_ONCE = 128;

interface Call {
  readonly action: 'read' | 'write';
  readonly work: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: IoError | TypeError) => void;
}

/**
 * Opens the file of a store and makes its calls. File and directory are made when missing, for the owner only.
 *
 * @param build prepares statements, and makes the store out of `reads` and `writes`.
 * @throws {IoError} `store-unwritable`, `store-unreadable`, `store-corrupt`, `store-newer`, `store-failed`; for reading
 * only also `store-missing` and `store-older`.
 */
export function openSqliteStore<Store>(
  definition: SqliteStoreDefinition,
  options: SqliteStoreOptions,
  build: (sqlite: SqliteStore) => Store,
): Store {
  const file = sqliteFilePath(definition, options);
  const what = `${definition.name} "${file}"`;
  let database: DatabaseSync | undefined;
  try {
    database = openSqliteFile({ ...definition, file, readOnly: options.readOnly ?? false });
    return build(new SqliteStore(database, what, definition.writesWaitMs));
  } catch (error) {
    database?.close();
    throw sqliteError(error, 'open', what);
  }
}

/**
 * An open database as the calls of a store: synchronous work becomes promises, which take effect in the order in which
 * they are made. Writes that are asked for at about the same time are carried out in one transaction, so that they share
 * the sync of the disk; one that has resolved is on it.
 */
export class SqliteStore {
  /** For preparing statements. */
  readonly database: DatabaseSync;
  readonly #what: string;
  readonly #writesWaitMs: number | undefined;
  #waiting: Call[] = [];
  #timer: NodeJS.Timeout | undefined;
  #scheduled: NodeJS.Immediate | undefined;
  #afterRollback = (): void => undefined;

  constructor(database: DatabaseSync, what: string, writesWaitMs?: number) {
    this.database = database;
    this.#what = what;
    this.#writesWaitMs = writesWaitMs;
  }

  /** Makes a call of the store that only reads: at once, or with the writes that wait before it. */
  reads<Given extends readonly unknown[], Value>(
    work: (...given: Given) => Value,
  ): (...given: Given) => Promise<Value> {
    return (...given) => this.#call('read', () => work(...given));
  }

  /** Makes a call of the store that writes: whole or not at all. Its work may be undone and carried out once more. */
  writes<Given extends readonly unknown[], Value>(
    work: (...given: Given) => Value,
  ): (...given: Given) => Promise<Value> {
    return (...given) => this.#call('write', () => work(...given));
  }

  /** Has something called after each rollback: what was remembered of undone writes is void. */
  onRollback(forget: () => void): void {
    this.#afterRollback = forget;
  }

  /** Carries out what waits. Later calls fail with `store-closed`, a second close does nothing. */
  async close(): Promise<void> {
    if (!this.database.isOpen) return;
    while (this.#waiting.length > 0) this.#turn();
    this.#unschedule();
    this.database.close();
  }

  async #call<Value>(action: Call['action'], work: () => Value): Promise<Value> {
    if (!this.database.isOpen) {
      const message = `Cannot use ${this.#what}: it is closed`;
      throw new IoError('store-closed', message, { temporary: false });
    }
    const called = new Promise<Value>((resolve, reject) => {
      const call: Call = { action, work, resolve, reject };
      if (action === 'read' && this.#waiting.length === 0) this.#carryOut([call]);
      else this.#wait(call);
    });
    return called;
  }

  #wait(call: Call): void {
    this.#waiting.push(call);
    if (call.action === 'write' && this.#writesWaitMs !== undefined) {
      this.#timer ??= setTimeout(() => this.#turn(), this.#writesWaitMs);
    } else this.#schedule();
  }

  /** After everything that has arrived meanwhile: it shares the transaction. */
  #schedule(): void {
    this.#scheduled ??= setImmediate(() => this.#turn());
  }

  #unschedule(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#scheduled);
    this.#timer = undefined;
    this.#scheduled = undefined;
  }

  #turn(): void {
    this.#unschedule();
    this.#carryOut(this.#waiting.splice(0, MOST_AT_ONCE));
    if (this.#waiting.length > 0) this.#schedule();
  }

  #carryOut(calls: readonly Call[]): void {
    const perform = (): readonly unknown[] => calls.map(({ work }) => work());
    let values: readonly unknown[];
    try {
      values = calls.some(({ action }) => action === 'write')
        ? inTransaction(this.database, perform)
        : perform();
    } catch (error) {
      this.#fail(calls, error);
      return;
    }
    for (const [index, { resolve }] of calls.entries()) resolve(values[index] as never);
  }

  /** Nothing of the calls has happened: each is tried again by itself, so that only what is wrong fails. */
  #fail(calls: readonly Call[], error: unknown): void {
    if (!(error instanceof CannotBegin)) this.#afterRollback();
    for (const call of calls) {
      // Each write by itself would wait for the same lock once more; a read needs none.
      const isFinal = error instanceof CannotBegin ? call.action === 'write' : calls.length === 1;
      if (isFinal) call.reject(sqliteError(error, call.action, this.#what));
      else this.#carryOut([call]);
    }
  }
}
