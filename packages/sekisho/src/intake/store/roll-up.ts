import type { DatabaseSync } from 'node:sqlite';
import type { Names } from './names.ts';
import type { OutlinedEntry, OutlinedReport } from './outline-report.ts';

/** What a report adds to the sums of its day. */
export interface Contribution
  extends Pick<OutlinedReport, 'day' | 'isVerified' | 'entries' | 'counts'> {
  readonly submitter: string;
  readonly receivedAtMs: number;
}

/** Adds reports to the sums of their day, or takes them out again. */
export interface RollUp {
  add(contribution: Contribution): void;
  remove(contribution: Contribution): void;
}

type Cells = readonly number[];

export function createRollUp(database: DatabaseSync, names: Names): RollUp {
  const tables = {
    domains: sumsOf(database, 'day_domains', ['day', 'domain', 'verified'], SESSIONS),
    submitters: sumsOf(database, 'day_submitters', ['day', 'submitter', 'verified'], TIMED),
    reporters: sumsOf(database, 'day_reporters', ['day', 'domain', 'submitter', 'verified'], TIMED),
    policies: sumsOf(database, 'day_policies', [...POLICY, 'verified'], ENTRIES),
    results: sumsOf(database, 'day_results', [...POLICY, 'result', 'verified'], ['sessions']),
    mx: sumsOf(database, 'day_mx', ['day', 'mx', 'ip', 'result', 'verified'], ['sessions']),
    failures: sumsOf(database, 'day_failures', FAILURE, ['sessions']),
  };
  const change = (given: Contribution, sign: 1 | -1): void => {
    const { day, entries, counts } = given;
    const verified = given.isVerified ? 1 : 0;
    const submitter = names.idOf(given.submitter);
    const [successful, failed] = [sum(counts, 'successful'), sum(counts, 'failed')];
    const timed = (good: number, bad: number) => [
      sign,
      sign * good,
      sign * bad,
      given.receivedAtMs,
    ];
    tables.submitters([day, submitter, verified], timed(successful, failed), sign);
    for (const count of counts) {
      const domain = names.idOf(count.policyDomain ?? '');
      const values = timed(count.successful, count.failed);
      tables.domains([day, domain, verified], values.slice(0, 3), sign);
      tables.reporters([day, domain, submitter, verified], values, sign);
    }
    for (const entry of entries) changeEntry(entry, { day, verified, submitter, sign });
  };
  const changeEntry = (
    { policy, domain, mode, failures }: OutlinedEntry,
    { day, verified, submitter, sign }: Record<'day' | 'verified' | 'submitter' | 'sign', number>,
  ): void => {
    const domainId = names.idOf(domain);
    const type = names.idOf(policy.policyType);
    const modeId = names.idOf(mode);
    const kind = [day, domainId, type, modeId];
    const { totalSuccessfulSessionCount: good, totalFailureSessionCount: bad } = policy;
    tables.policies([...kind, verified], [sign, sign * good, sign * bad], sign);
    for (const { details, isOutsidePolicy } of failures) {
      const sessions = [sign * details.failedSessionCount];
      if (sessions[0] === 0) continue;
      const result = names.idOf(details.resultType);
      const mx = names.idOf(details.receivingMxHostname ?? '');
      const ip = names.idOf(details.receivingIp ?? '');
      const reason = names.idOf(details.failureReasonCode ?? '');
      tables.results([...kind, result, verified], sessions, sign);
      tables.mx([day, mx, ip, result, verified], sessions, sign);
      const where = [day, domainId, submitter, type, modeId, result, mx, ip, reason];
      tables.failures([...where, isOutsidePolicy ? 1 : 0, verified], sessions, sign);
    }
  };
  return {
    add: (contribution) => change(contribution, 1),
    remove: (contribution) => change(contribution, -1),
  };
}

const SESSIONS = ['reports', 'successful', 'failed'];
const TIMED = [...SESSIONS, 'received_ms'];
const ENTRIES = ['entries', 'successful', 'failed'];
const POLICY = ['day', 'domain', 'policy_type', 'mode'];
const FAILURE = [
  'day',
  'domain',
  'submitter',
  'policy_type',
  'mode',
  'result',
  'mx',
  'ip',
  'reason',
  'outside',
  'verified',
];

/** Makes what changes one row of sums; a row of which nothing is left goes. */
function sumsOf(
  database: DatabaseSync,
  table: string,
  keys: readonly string[],
  sums: readonly string[],
): (key: Cells, values: Cells, sign: number) => void {
  const columns = [...keys, ...sums];
  // The time of arrival is no sum: the latest one counts.
  const updates = sums.map((name) =>
    name === 'received_ms'
      ? `${name} = max(${name}, excluded.${name})`
      : `${name} = ${name} + excluded.${name}`,
  );
  const put = database.prepare(`
    INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
    ON CONFLICT DO UPDATE SET ${updates.join(', ')}`);
  const drop = database.prepare(`
    DELETE FROM ${table} WHERE ${keys.map((key) => `${key} = ?`).join(' AND ')} AND ${sums[0]} <= 0`);
  return (key, values, sign) => {
    put.run(...key, ...values);
    if (sign < 0) drop.run(...key);
  };
}

function sum(counts: OutlinedReport['counts'], name: 'successful' | 'failed'): number {
  return counts.reduce((total, count) => total + count[name], 0);
}
