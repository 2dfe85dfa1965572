import { createAlertTable } from '../../alert/index.ts';
import { openSqliteStore, type SqliteStoreOptions } from '../../io/sqlite/index.ts';
import { createCertificateTable } from './certificate-table.ts';
import { createChangeTable } from './change-table.ts';
import { createDomainTable } from './domain-table.ts';
import { createEvidenceTable, createSweep } from './evidence-table.ts';
import { PUBLISH_STORE_LIMITS, type PublishStoreLimits } from './limits.ts';
import { MIGRATIONS } from './migrations.ts';
import type { PublishStore } from './publish-store.ts';

export type SqlitePublishStoreOptions = SqliteStoreOptions & {
  readonly limits?: Partial<PublishStoreLimits>;
};

/** The name of the store's file within its directory. */
export const PUBLISH_STORE_FILE_NAME = 'publish.sqlite3';

const PUBLISH_STORE = {
  name: 'publish store',
  fileName: PUBLISH_STORE_FILE_NAME,
  // "Skpb".
  applicationId: 0x53_6b_70_62,
  migrations: MIGRATIONS,
};

/**
 * Opens what we publish, kept in SQLite in this thread: writes are few and small, and a request reads one row.
 *
 * @throws {IoError} as `openSqliteStore` does.
 */
export async function openSqlitePublishStore(
  options: SqlitePublishStoreOptions,
): Promise<PublishStore> {
  const limits = { ...PUBLISH_STORE_LIMITS, ...options.limits };
  return openSqliteStore(PUBLISH_STORE, options, (sqlite) => {
    const domains = createDomainTable(sqlite.database);
    const changes = createChangeTable(sqlite.database);
    const evidence = createEvidenceTable(sqlite.database, limits);
    const certificates = createCertificateTable(sqlite.database);
    const alerts = createAlertTable(sqlite.database);
    return {
      getDomain: sqlite.reads(domains.getDomain),
      listDomains: sqlite.reads(domains.listDomains),
      countDomains: sqlite.reads(domains.countDomains),
      listDueChanges: sqlite.reads(domains.listDueChanges),
      listDueProbes: sqlite.reads(domains.listDueProbes),
      getServed: sqlite.reads(domains.getServed),
      getVersion: sqlite.reads(domains.getVersion),
      listVersions: sqlite.reads(domains.listVersions),
      commitChange: sqlite.writes(changes.commit),
      putLiveMx: sqlite.writes(domains.putLiveMx),
      removeDomain: sqlite.writes(changes.remove),
      recordProbes: sqlite.writes(evidence.recordProbes),
      listProbes: sqlite.reads(evidence.listProbes),
      recordFetches: sqlite.writes(evidence.recordFetches),
      listFetches: sqlite.reads(evidence.listFetches),
      getCertificate: sqlite.reads(certificates.getCertificate),
      putCertificate: sqlite.writes(certificates.putCertificate),
      removeCertificate: sqlite.writes(certificates.removeCertificate),
      listDueCertificates: sqlite.reads(certificates.listDueCertificates),
      listCertificates: sqlite.reads(certificates.listCertificates),
      recordEvent: sqlite.writes(evidence.recordEvent),
      listEvents: sqlite.reads(evidence.listEvents),
      listAlerts: sqlite.reads(alerts.listAlerts),
      putAlerts: sqlite.writes(alerts.putAlerts),
      sweep: createSweep(sqlite, limits),
      close: () => sqlite.close(),
    };
  });
}

/** The same store for tests: kept in memory, and gone when it is closed. */
export function openMemoryPublishStore(
  limits: Partial<PublishStoreLimits> = {},
): Promise<PublishStore> {
  return openSqlitePublishStore({ file: ':memory:', limits });
}
