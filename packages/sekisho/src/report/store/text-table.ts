import { hash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';

/** A table that keeps each text once, and gives it a number. */
export function createTextTable(
  database: DatabaseSync,
  table: 'records' | 'policies' | 'courses',
): (text: string) => number {
  // Places in order and a key in one piece: this is run thousands of times a call.
  const find = database.prepare(`SELECT id FROM ${table} WHERE hash = ?`);
  const add = database.prepare(`INSERT INTO ${table} (hash, text) VALUES (?, ?)`);
  return (text) => {
    const key = hash('sha256', text, 'buffer');
    const found = find.get(key);
    return Number(found === undefined ? add.run(key, text).lastInsertRowid : found['id']);
  };
}
