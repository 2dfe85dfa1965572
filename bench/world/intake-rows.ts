import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  INTAKE_STORE_FILE_NAME,
  openSqliteIntakeStore,
} from '../../packages/sekisho/src/intake/store/index.ts';

/** Reports of every reporter about every domain on each day, each with as many failures. */
export interface IntakeRows {
  readonly days: number;
  readonly domains: number;
  readonly reporters: number;
  readonly failuresPerReport: number;
}

/** The first day with reports: 2025-01-01, in days since 1970. */
export const FIRST_DAY = 20_089;
export const RESULT_TYPES = [
  'certificate-expired',
  'starttls-not-supported',
  'validation-failure',
  'certificate-host-mismatch',
  'certificate-not-trusted',
] as const;
/** Domains share the mail servers of so many providers, four to each. */
const PROVIDERS = 20;
const DAY_MS = 86_400_000;
const SUCCESSFUL = 90;

/** Where the texts of each kind begin in the table of texts. */
const AT = {
  sts: 1,
  mode: 2,
  reason: 3,
  type: 10,
  reporter: 100,
  mx: 1000,
  ip: 2000,
  domain: 10_000,
};

export const domainAt = (index: number): string => `d${String(index)}.example`;
export const reporterAt = (index: number): string => `r${String(index)}.example`;
export const mxAt = (provider: number, host: number): string =>
  `mx${String(host)}.p${String(provider)}.host.example`;

function putNames(database: DatabaseSync, rows: IntakeRows): void {
  const insert = database.prepare('INSERT INTO names (id, name) VALUES (?, ?)');
  const putAll = (first: number, count: number, nameAt: (index: number) => string): void => {
    for (let index = 0; index < count; index += 1) insert.run(first + index, nameAt(index));
  };
  putAll(AT.sts, 1, () => 'sts');
  putAll(AT.mode, 1, () => 'testing');
  putAll(AT.reason, 1, () => 'X509_V_ERR_CERT_HAS_EXPIRED');
  putAll(AT.type, RESULT_TYPES.length, (index) => RESULT_TYPES[index] ?? '');
  putAll(AT.reporter, rows.reporters, reporterAt);
  putAll(AT.mx, PROVIDERS * 4, (index) => mxAt(Math.floor(index / 4), index % 4));
  putAll(AT.ip, PROVIDERS * 2, (index) => `198.51.${Math.floor(index / 2)}.${index % 2}`);
  putAll(AT.domain, rows.domains, domainAt);
}

/** The numbers from 0 to before `count`, as a table. */
const numbers = (count: number): string =>
  `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT ${String(count)}) SELECT i FROM n`;

/** One statement a table, each in the order of its key. */
function statements({
  days,
  domains,
  reporters,
  failuresPerReport,
}: IntakeRows): readonly string[] {
  const report = `(d.i * ${domains} + a.i) * ${reporters} + r.i + 1`;
  const day = `d.i + ${FIRST_DAY}`;
  const domain = `a.i + ${AT.domain}`;
  const reporter = `r.i + ${AT.reporter}`;
  const mx = `${AT.mx} + (a.i % ${PROVIDERS}) * 4 + (a.i + f.i + r.i) % 4`;
  const ip = `${AT.ip} + (a.i % ${PROVIDERS}) * 2 + (f.i + r.i) % 2`;
  const type = `f.i % ${RESULT_TYPES.length} + ${AT.type}`;
  const failed = failuresPerReport * 2;
  const received = `(${day} + 1) * ${DAY_MS}`;
  return [
    `CREATE TEMP TABLE d AS ${numbers(days)}`,
    `CREATE TEMP TABLE a AS ${numbers(domains)}`,
    `CREATE TEMP TABLE r AS ${numbers(reporters)}`,
    `CREATE TEMP TABLE f AS ${numbers(failuresPerReport)}`,
    `INSERT INTO reports SELECT ${report}, ${day}, randomblob(16), randomblob(16), 1, ${reporter},
       (${report}) || '@r.example', 'R', 'tls@r.example', (${day}) * ${DAY_MS}, ${received}, ${received}, 'lmtp',
       '{"kind":"verified","signedBy":"r.example","selector":"s","keyService":"*"}', NULL, 0, ${SUCCESSFUL}, ${failed}, 1, 0
     FROM d CROSS JOIN a CROSS JOIN r`,
    `INSERT INTO entries SELECT ${report}, 0, ${day}, ${domain}, ${AT.sts}, ${AT.mode},
       '["version: STSv1","mode: testing","mx: *.host.example","max_age: 604800"]', '["*.host.example"]', ${SUCCESSFUL}, ${failed}
     FROM d CROSS JOIN a CROSS JOIN r`,
    `INSERT INTO failures SELECT ${report}, 0, f.i, ${type}, ${mx}, ${ip}, ${AT.reason}, 0, '192.0.2.1', NULL, NULL, 2
     FROM d CROSS JOIN a CROSS JOIN r CROSS JOIN f`,
    `INSERT INTO day_domains SELECT ${day}, ${domain}, 1, ${reporters}, ${SUCCESSFUL * reporters}, ${failed * reporters}
     FROM d CROSS JOIN a`,
    `INSERT INTO day_submitters SELECT ${day}, ${reporter}, 1, ${domains}, ${SUCCESSFUL * domains}, ${failed * domains}, ${received}
     FROM d CROSS JOIN r`,
    `INSERT INTO day_reporters SELECT ${day}, ${domain}, ${reporter}, 1, 1, ${SUCCESSFUL}, ${failed}, ${received}
     FROM d CROSS JOIN a CROSS JOIN r`,
    `INSERT INTO day_policies SELECT ${day}, ${domain}, ${AT.sts}, ${AT.mode}, 1, ${reporters}, ${SUCCESSFUL * reporters}, ${failed * reporters}
     FROM d CROSS JOIN a`,
    `CREATE TEMP TABLE result AS SELECT ${domain} AS domain, ${type} AS type, sum(2) AS sessions
     FROM a CROSS JOIN r CROSS JOIN f GROUP BY 1, 2 ORDER BY 1, 2`,
    `INSERT INTO day_results SELECT ${day}, domain, ${AT.sts}, ${AT.mode}, type, 1, sessions
     FROM d CROSS JOIN temp.result`,
    `CREATE TEMP TABLE mx AS SELECT ${mx} AS mx, ${ip} AS ip, ${type} AS type, sum(2) AS sessions
     FROM a CROSS JOIN r CROSS JOIN f GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
    `INSERT INTO day_mx SELECT ${day}, mx, ip, type, 1, sessions FROM d CROSS JOIN temp.mx`,
    `CREATE TEMP TABLE failure AS SELECT ${domain} AS domain, ${reporter} AS reporter, ${type} AS type,
       ${mx} AS mx, ${ip} AS ip, sum(2) AS sessions
     FROM a CROSS JOIN r CROSS JOIN f GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5`,
    `INSERT INTO day_failures SELECT ${day}, domain, reporter, ${AT.sts}, ${AT.mode}, type, mx, ip, ${AT.reason}, 0, 1, sessions
     FROM d CROSS JOIN temp.failure`,
  ];
}

/**
 * Makes a store as verified reports would have left it, by writing its tables directly: through the front door, two
 * million reports take half an hour. The texts of the reports themselves, which no question reads, are left out.
 */
export async function writeIntakeRows(directory: string, rows: IntakeRows): Promise<void> {
  await (await openSqliteIntakeStore({ directory })).close();
  const database = new DatabaseSync(join(directory, INTAKE_STORE_FILE_NAME));
  database.exec(
    'PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; PRAGMA temp_store = MEMORY; BEGIN',
  );
  putNames(database, rows);
  for (const statement of statements(rows)) database.exec(statement);
  database.exec('COMMIT; PRAGMA journal_mode = WAL');
  database.close();
}

/** Rows of failed sessions in such a store. */
export function countFailureRows({
  days,
  domains,
  reporters,
  failuresPerReport,
}: IntakeRows): number {
  return days * domains * reporters * failuresPerReport;
}
