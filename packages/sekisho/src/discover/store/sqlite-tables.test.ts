import { DatabaseSync } from 'node:sqlite';
import type { Domain } from '@sekisho/spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryTables } from './memory-policy-store.ts';
import { MIGRATIONS } from './migrations.ts';
import { type PolicyCall, performCall } from './policy-calls.ts';
import { createSqliteTables } from './sqlite-tables.ts';

const LIMITS = { perDomain: 2, total: 6 };

/** Few values, so that calls meet each other. */
const domain = fc.constantFrom(
  'a.example',
  'b.example',
  'c.b.example',
  'xn--q',
) as fc.Arbitrary<Domain>;
const time = fc.integer({ min: 0, max: 12 }).map((hours) => hours * 43_200_000);
const id = fc.constantFrom('1', '2', 'a');
const text = fc.oneof(fc.constantFrom('', 'x', 'y'), fc.string({ unit: 'grapheme' }));
const options = { requiredKeys: [] as [] };

const policy = fc.record(
  {
    policyDomain: domain,
    id,
    body: text,
    fetchedAtMs: time,
    expiresAtMs: time,
    refreshAtMs: time,
    fetchedFrom: fc.ipV6(),
    certificateNotAfterMs: time,
  },
  {
    requiredKeys: ['policyDomain', 'id', 'body', 'fetchedAtMs', 'expiresAtMs', 'refreshAtMs'],
  },
);
const failure = fc.record({ id, atMs: time, code: text, count: fc.nat() });
const state = fc.record(
  {
    policyDomain: domain,
    checkedAtMs: time,
    usedAtMs: time,
    refreshAtMs: time,
    failure: fc.option(failure),
  },
  { requiredKeys: ['policyDomain'] },
);
const because = fc.constantFrom('expired' as const, 'purged' as const);
const list = fc.record({ after: domain, limit: fc.integer({ min: 0, max: 5 }) }, options);

const call: fc.Arbitrary<PolicyCall> = fc.oneof(
  { weight: 8, arbitrary: made('putPolicy', fc.tuple(policy)) },
  { weight: 4, arbitrary: made('putState', fc.tuple(state)) },
  { weight: 2, arbitrary: made('remove', fc.tuple(domain, because, time)) },
  made('get', fc.tuple(domain)),
  made('history', fc.tuple(domain)),
  made('list', fc.tuple(list)),
  made('listPolicyDomains', fc.tuple(list)),
  made('listDue', fc.tuple(time, fc.integer({ min: 1, max: 5 }))),
  made('sweep', fc.tuple(time)),
  made('removeAll', fc.tuple(time)),
  made('count', fc.tuple()),
  made('oldestFetchMs', fc.tuple(time)),
);

function made(method: PolicyCall['method'], args: fc.Arbitrary<readonly unknown[]>) {
  return args.map((some) => ({ method, args: some }) as unknown as PolicyCall);
}

function sqliteTables() {
  const database = new DatabaseSync(':memory:');
  for (const step of MIGRATIONS) {
    database.exec(step);
  }
  return createSqliteTables(database, LIMITS);
}

describe('createSqliteTables', () => {
  it('answers any calls as the store in memory does', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(fc.array(call, { maxLength: 60, size: 'max' }), (calls) => {
        const sqlite = sqliteTables();
        const memory = createMemoryTables(LIMITS);
        const look: PolicyCall[] = [
          { method: 'list', args: [] },
          ...['a.example', 'b.example', 'c.b.example', 'xn--q'].map(
            (name): PolicyCall => ({ method: 'history', args: [name as Domain] }),
          ),
        ];
        for (const each of [...calls, ...look]) {
          expect(performCall(sqlite, each)).toEqual(performCall(memory, each));
        }
      }),
      { numRuns: 100 },
    );
  });
});
