import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFakeClock } from '../io/clock/index.ts';
import { createMemoryLog } from '../io/log/index.ts';
import {
  ALERT_TABLE_SCHEMA,
  AlertBook,
  type AlertBookOptions,
  type AlertRules,
  type AlertStore,
  createAlertTable,
  createMemoryAlertStore,
} from './index.ts';

const DAY = 86_400_000;
const RULES = { bad: { severities: ['error'], repeatMs: DAY } } as const satisfies AlertRules;
const BAD = {
  code: 'bad',
  subject: { domain: 'a.test' },
  severity: 'error',
  message: 'm',
  remedy: 'r',
} as const;
const WELL = { code: 'bad', subject: BAD.subject, message: 'well' } as const;

function openSqlite(): AlertStore {
  const database = new DatabaseSync(':memory:');
  onTestFinished(() => database.close());
  database.exec(ALERT_TABLE_SCHEMA);
  const table = createAlertTable(database);
  return {
    listAlerts: async () => table.listAlerts(),
    putAlerts: async (states, beforeMs) => table.putAlerts(states, beforeMs),
  };
}

const clock = createFakeClock(Date.UTC(2026, 10, 24));

describe.each([
  ['in memory', createMemoryAlertStore],
  ['in SQLite', openSqlite],
])('AlertBook over a store %s', (_, openStore) => {
  async function start(options: Partial<AlertBookOptions<'bad'>> = {}) {
    const log = createMemoryLog();
    const parts = { store: openStore(), clock, log, rules: RULES, ...options };
    const open = () => AlertBook.open(parts);
    return { ...parts, log, open, book: await open() };
  }

  it('keeps over a restart what was told, and to whom', async () => {
    const { book, open } = await start();
    expect(book.raise(BAD)).toBe(true);
    const [state] = book.undelivered();
    if (state === undefined) throw new Error('nothing to tell');
    book.confirm(state, ['mail'], false);
    await book.close();
    const again = await open();
    expect(again.raise(BAD)).toBe(false);
    expect(again.standing()).toEqual([{ ...state, toldTo: ['mail'] }]);
    expect(again.undelivered()).toEqual([{ ...state, toldTo: ['mail'] }]);
  });

  it('keeps what is over until everybody was told, and a while longer in the store', async () => {
    const { book, open } = await start();
    book.raise(BAD);
    book.end(WELL);
    expect(book.standing()).toEqual([]);
    await book.close();
    const again = await open();
    const [over] = again.undelivered();
    expect(over).toMatchObject({ kind: 'over', message: 'well', endedAtMs: clock.now() });
    if (over !== undefined) again.confirm(over, ['mail'], true);
    await again.close();
    expect((await open()).undelivered()).toEqual([]);
  });

  it('confirms nothing that has other news meanwhile', async () => {
    const { book } = await start();
    book.raise(BAD);
    const [raised] = book.undelivered();
    book.end(WELL);
    if (raised !== undefined) book.confirm(raised, ['mail'], true);
    expect(book.undelivered()).toMatchObject([{ kind: 'over', toldTo: [] }]);
  });

  it('ends what is about a domain that is gone', async () => {
    const { book } = await start();
    book.raise(BAD);
    book.raise({ ...BAD, subject: { domain: 'b.test' } });
    book.endAbout('a.test', 'gone');
    expect(book.standing().map(({ key }) => key)).toEqual(['bad b.test']);
  });

  it('is bounded, and tells the log so once', async () => {
    const { book, log } = await start({ most: 2 });
    for (const name of ['a', 'b', 'c', 'd']) book.raise({ ...BAD, subject: { domain: name } });
    expect(book.standing()).toHaveLength(2);
    expect(log.entries).toHaveLength(1);
  });
});

it('raises alerts while the store fails, and writes them when it works again', async () => {
  const store = createMemoryAlertStore();
  const log = createMemoryLog();
  let isFull = true;
  const failing: AlertStore = {
    listAlerts: () => store.listAlerts(),
    putAlerts: (...args) =>
      isFull ? Promise.reject(new Error('the disk is full')) : store.putAlerts(...args),
  };
  const book = await AlertBook.open({ store: failing, clock, log, rules: RULES });
  expect(book.raise(BAD)).toBe(true);
  await clock.advance(1);
  expect(book.raise({ ...BAD, subject: {} })).toBe(true);
  await clock.advance(1);
  expect(log.entries.map(({ event }) => event)).toEqual(['what was told of alerts cannot be kept']);
  isFull = false;
  await clock.advance(60_000);
  expect((await store.listAlerts()).map(({ key }) => key)).toEqual(['bad', 'bad a.test']);
  await book.close();
});

it('forgets alerts of an earlier version that nothing can raise any more', async () => {
  const store = createMemoryAlertStore();
  const log = createMemoryLog();
  const before = await AlertBook.open({
    store,
    clock,
    log,
    rules: { ...RULES, former: { severities: ['error'], repeatMs: 'never' } },
  });
  before.raise({ ...BAD, code: 'former' });
  await before.close();
  const after = await AlertBook.open({ store, clock, log, rules: RULES });
  expect(after.standing()).toEqual([]);
});
