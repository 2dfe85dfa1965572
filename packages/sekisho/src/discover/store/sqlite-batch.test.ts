import { DatabaseSync } from 'node:sqlite';
import type { Domain } from '@sekisho/spec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HISTORY_LIMITS } from './limits.ts';
import { type BatchContext, runBatch } from './sqlite-batch.ts';
import { storeFailureOf } from './sqlite-failure.ts';
import { MIGRATIONS } from './sqlite-migrations.ts';
import { createSqliteTables } from './sqlite-tables.ts';
import type { StoreCall } from './sync-policy-store.ts';

let database: DatabaseSync;
let context: BatchContext;

beforeEach(() => {
  database = new DatabaseSync(':memory:');
  for (const step of MIGRATIONS) {
    database.exec(step);
  }
  context = {
    database,
    tables: createSqliteTables(database, HISTORY_LIMITS),
    failureOf: (error) => storeFailureOf(error, 'write', '/state/policies.sqlite3'),
  };
});

afterEach(() => database.close());

function put(
  name: string,
  changes: { readonly fetchedAtMs?: number; readonly body?: string } = {},
) {
  const policyDomain = name as Domain;
  return call({
    method: 'putPolicy',
    args: [
      {
        policyDomain,
        id: '1',
        body: '',
        fetchedAtMs: 1,
        expiresAtMs: 2,
        refreshAtMs: 2,
        ...changes,
      },
    ],
  });
}

function call(some: StoreCall): StoreCall {
  return some;
}

function run(...calls: readonly StoreCall[]) {
  return runBatch(
    context,
    calls.map((each, index) => ({ seq: index + 1, call: each })),
  );
}

const COUNT = call({ method: 'count', args: [] });

describe('runBatch', () => {
  it('does nothing for no requests', () => {
    expect(run()).toEqual([]);
  });

  it('answers each request, in order, outside any transaction', () => {
    expect(run(COUNT, put('a.example'), COUNT)).toEqual([
      { seq: 1, value: 0 },
      { seq: 2, value: undefined },
      { seq: 3, value: 1 },
    ]);
    expect(database.isTransaction).toBe(false);
  });

  it('lets one bad write fail alone', () => {
    const bad = put('bad.example', { fetchedAtMs: Number.NaN });
    expect(run(put('a.example'), bad, put('b.example'), COUNT)).toEqual([
      { seq: 1, value: undefined },
      { seq: 2, failure: expect.objectContaining({ code: 'store-failed' }) },
      { seq: 3, value: undefined },
      { seq: 4, value: 2 },
    ]);
    expect(run(call({ method: 'get', args: ['bad.example' as Domain] }))).toEqual([
      { seq: 1, value: undefined },
    ]);
  });

  it('says store-unwritable, temporarily, when the disk is full, and still reads', () => {
    database.exec('PRAGMA max_page_count = 1');
    const large = put('a.example', { body: 'x'.repeat(65_536) });
    expect(run(large, COUNT)).toEqual([
      {
        seq: 1,
        failure: {
          code: 'store-unwritable',
          temporary: true,
          message:
            'Cannot write policy store "/state/policies.sqlite3": database or disk is full; the disk must have free space',
        },
      },
      { seq: 2, value: 0 },
    ]);
    expect(database.isTransaction).toBe(false);
  });

  it('fails all of a batch that cannot begin', () => {
    database.exec('BEGIN');
    expect(run(put('a.example'), COUNT)).toMatchObject([
      { seq: 1, failure: { code: 'store-failed' } },
      { seq: 2, failure: { code: 'store-failed' } },
    ]);
  });
});

describe('createSqliteTables', () => {
  it.each([
    [
      'SELECT domain FROM policies WHERE refresh_at_ms <= 1 ORDER BY refresh_at_ms, domain',
      'policies_by_refresh',
    ],
    [
      'SELECT fetched_at_ms FROM policies WHERE expires_at_ms > 1 ORDER BY fetched_at_ms',
      'policies_by_fetch',
    ],
    ['SELECT domain FROM policies WHERE expires_at_ms <= 1', 'policies_by_fetch'],
  ])('%s is answered by the index alone', (query, index) => {
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${query}`).all();
    expect(plan.map(({ detail }) => detail)).toEqual([
      expect.stringContaining(`COVERING INDEX ${index}`),
    ]);
  });
});
