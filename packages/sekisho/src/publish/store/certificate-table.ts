import type { DatabaseSync } from 'node:sqlite';
import type { Domain } from '@sekisho/spec';
import { listRows } from './limits.ts';
import type { CertificateState } from './publish-store.ts';
import { type CertificateRow, certificateOf, jsonOf } from './rows.ts';

/** What is remembered of certificates, without waiting, on an open database. */
export function createCertificateTable(database: DatabaseSync) {
  const get = database.prepare('SELECT * FROM certificates WHERE domain = :domain');
  const put = database.prepare(`
    INSERT OR REPLACE INTO certificates
      (domain, not_before_ms, not_after_ms, next_attempt_at_ms, failures, problem, order_url)
    VALUES (:domain, :begin, :end, :next, :failures, :problem, :orderUrl)`);
  const remove = database.prepare('DELETE FROM certificates WHERE domain = :domain');
  const due = database.prepare(`
    SELECT * FROM certificates WHERE next_attempt_at_ms <= :now
    ORDER BY next_attempt_at_ms, domain LIMIT :limit`);
  const list = database.prepare(`
    SELECT * FROM certificates ORDER BY not_after_ms IS NULL, not_after_ms, domain LIMIT :limit`);
  const states = (rows: unknown) => (rows as CertificateRow[]).map(certificateOf);

  return {
    getCertificate: (domain: Domain) => {
      const row = get.get({ domain }) as CertificateRow | undefined;
      return row && certificateOf(row);
    },
    putCertificate: (state: CertificateState): void => {
      put.run({
        domain: state.domain,
        begin: state.notBeforeMs ?? null,
        end: state.notAfterMs ?? null,
        next: state.nextAttemptAtMs,
        failures: state.failures,
        problem: jsonOf(state.problem),
        orderUrl: state.orderUrl ?? null,
      });
    },
    removeCertificate: (domain: Domain) => void remove.run({ domain }),
    listDueCertificates: (now: number, limit: number) =>
      states(due.all({ now, limit: listRows(limit) })),
    listCertificates: (limit: number) => states(list.all({ limit: listRows(limit) })),
  };
}
