import type { DatabaseSync } from 'node:sqlite';

/** Texts that repeat, each kept once under a number. */
export interface Names {
  /** The number of a text, which gets one if it has none. Only in a transaction. */
  idOf(name: string): number;
  /** The number of a text, or undefined for one that was never kept. */
  find(name: string): number | undefined;
  /** To be called after a rollback: numbers given in it are void. */
  forget(): void;
}

const REMEMBERED = 50_000;

export function createNames(database: DatabaseSync): Names {
  const select = database.prepare('SELECT id FROM names WHERE name = ?');
  const insert = database.prepare('INSERT INTO names (name) VALUES (?)');
  const known = new Map<string, number>();
  const find = (name: string): number | undefined => {
    const id = known.get(name) ?? (select.get(name)?.['id'] as number | undefined);
    if (id !== undefined) remember(name, id);
    return id;
  };
  const remember = (name: string, id: number): number => {
    if (known.size >= REMEMBERED) known.clear();
    known.set(name, id);
    return id;
  };
  return {
    idOf: (name) => find(name) ?? remember(name, Number(insert.run(name).lastInsertRowid)),
    find,
    forget: () => known.clear(),
  };
}
