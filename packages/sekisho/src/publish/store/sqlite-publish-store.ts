import { join, resolve } from 'node:path';
import { createAlertTable } from '../../alert/index.ts';
import { guardCalls, openSqliteFile } from '../../io/sqlite/index.ts';
import { createCertificateTable } from './certificate-table.ts';
import { createChangeTable } from './change-table.ts';
import { createDomainTable } from './domain-table.ts';
import { createEvidenceTable } from './evidence-table.ts';
import { PUBLISH_STORE_LIMITS, type PublishStoreLimits } from './limits.ts';
import { MIGRATIONS } from './migrations.ts';
import type { PublishStore } from './publish-store.ts';
import { createSweep } from './sweep.ts';

/** Where the store is and how it is opened. */
export type SqlitePublishStoreOptions = {
  /** For commands beside a running service; writes then fail. Default false. */
  readonly readOnly?: boolean;
  readonly limits?: Partial<PublishStoreLimits>;
} & (
  | { readonly file: string; readonly directory?: never }
  /** The file in it is `publish.sqlite3`. */
  | { readonly directory: string; readonly file?: never }
);

/** The name of the store's file within its directory. */
export const PUBLISH_STORE_FILE_NAME = 'publish.sqlite3';

/** "Skpb". */
const APPLICATION_ID = 0x53_6b_70_62;

/**
 * Opens what we publish, kept in SQLite in this thread: writes are few and small, and a request reads one row. File and
 * directory are made when missing, for the owner only.
 *
 * @throws {IoError} `store-unwritable`, `store-corrupt`, `store-newer`, `store-failed`; for reading only also
 * `store-missing` and `store-older`.
 */
export async function openSqlitePublishStore(
  options: SqlitePublishStoreOptions,
): Promise<PublishStore> {
  const path = options.file ?? join(options.directory, PUBLISH_STORE_FILE_NAME);
  const file = path === ':memory:' ? path : resolve(path);
  return storeIn(file, options.readOnly ?? false, { ...PUBLISH_STORE_LIMITS, ...options.limits });
}

/** The same store for tests: kept in memory, and gone when it is closed. */
export function openMemoryPublishStore(
  limits: Partial<PublishStoreLimits> = {},
): Promise<PublishStore> {
  return openSqlitePublishStore({ file: ':memory:', limits });
}

function storeIn(file: string, readOnly: boolean, limits: PublishStoreLimits): PublishStore {
  const name = 'publish store';
  const what = `${name} "${file}"`;
  const database = openSqliteFile({
    file,
    readOnly,
    name,
    applicationId: APPLICATION_ID,
    migrations: MIGRATIONS,
  });
  const { guarded, reads, writes } = guardCalls(database, what);

  const domains = guarded('open', () => createDomainTable(database));
  const changes = createChangeTable(database);
  const evidence = createEvidenceTable(database, limits);
  const certificates = createCertificateTable(database);
  const alerts = createAlertTable(database);
  const sweep = createSweep(database, limits);
  return {
    getDomain: reads(domains.getDomain),
    listDomains: reads(domains.listDomains),
    countDomains: reads(domains.countDomains),
    listDueChanges: reads(domains.listDueChanges),
    listDueProbes: reads(domains.listDueProbes),
    getServed: reads(domains.getServed),
    getVersion: reads(domains.getVersion),
    listVersions: reads(domains.listVersions),
    beginChange: writes((domain, version, atMs) => {
      const number = changes.begin(domain, version, atMs);
      return number === undefined ? undefined : domains.getVersion(domain, number);
    }),
    moveChange: writes(changes.move),
    putLiveMx: writes(domains.putLiveMx),
    removeDomain: writes(changes.remove),
    recordProbes: writes(evidence.recordProbes),
    listProbes: reads(evidence.listProbes),
    recordFetches: writes(evidence.recordFetches),
    listFetches: reads(evidence.listFetches),
    getCertificate: reads(certificates.getCertificate),
    putCertificate: writes(certificates.putCertificate),
    removeCertificate: writes(certificates.removeCertificate),
    listDueCertificates: reads(certificates.listDueCertificates),
    listCertificates: reads(certificates.listCertificates),
    recordEvent: writes(evidence.recordEvent),
    listEvents: reads(evidence.listEvents),
    listAlerts: reads(alerts.listAlerts),
    putAlerts: writes(alerts.putAlerts),
    sweep: (nowMs) => sweep(nowMs, (work) => guarded('write', work)),
    async close() {
      if (database.isOpen) database.close();
    },
  };
}
