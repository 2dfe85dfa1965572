import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { parseDay } from './day.ts';
import type { ReportScope } from './answers.ts';
import type { Names } from './names.ts';

/** A question with what it is about in numbers. */
export interface ScopedQuery {
  readonly first: number;
  readonly last: number;
  /** A domain that is in no report has none: then there is nothing to find. */
  readonly domain?: number;
  readonly least: 0 | 1;
}

/** Questions to the tables. */
export interface ScopedQueries {
  /** Undefined when there is nothing to be found. */
  scopeOf(scope: ReportScope): ScopedQuery | undefined;
  /** The rows of one statement; `source` is put in where the text says `FROM source`. */
  rows(table: Table, scoped: ScopedQuery, text: string, more?: Parameters): readonly unknown[];
}

type Table = `day_${string}` | 'entries';
type Parameters = Readonly<Record<string, number | string>>;

/** More days than this are not looked at: sums are not kept so long. */
const MOST_DAYS = 4_000;

export function createScopedQueries(database: DatabaseSync, names: Names): ScopedQueries {
  const statements = new Map<string, StatementSync>();
  const prepared = (text: string): StatementSync => {
    const statement = statements.get(text) ?? database.prepare(text);
    statements.set(text, statement);
    return statement;
  };
  return {
    scopeOf({ firstDay, lastDay, domain, trust = 'verified' }) {
      const last = parseDay(lastDay);
      const first = Math.max(parseDay(firstDay), last - MOST_DAYS);
      const scoped: ScopedQuery = { first, last, least: trust === 'verified' ? 1 : 0 };
      if (domain === undefined) return scoped;
      const id = names.find(domain);
      return id === undefined ? undefined : { ...scoped, domain: id };
    },
    rows(
      table: Table,
      scoped: ScopedQuery,
      text: string,
      more: Parameters = {},
    ): readonly unknown[] {
      const source = scoped.domain === undefined ? ofAll(table) : ofDomain(table);
      const statement = prepared(text.replaceAll('FROM source', `FROM (${source}) source`));
      const { least, ...range } = scoped;
      const parameters = { ...range, ...(table === 'entries' ? {} : { least }), ...more };
      return statement.all(parameters);
    },
  };
}

function ofAll(table: Table): string {
  return `SELECT * FROM ${table} WHERE day BETWEEN :first AND :last ${trusted(table)}`;
}

/** Keys begin with the day: one domain is found by one step into the index for each day. */
function ofDomain(table: Table): string {
  return `WITH RECURSIVE days (number) AS (
      VALUES (:first) UNION ALL SELECT number + 1 FROM days WHERE number < :last)
    SELECT t.* FROM days CROSS JOIN ${table} t
    ON t.day = days.number AND t.domain = :domain ${trusted(table)}`;
}

function trusted(table: Table): string {
  return table === 'entries' ? '' : 'AND verified >= :least';
}
