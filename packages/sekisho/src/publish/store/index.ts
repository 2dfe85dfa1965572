/** What we publish, kept: policies, changes, probes, fetches, certificates, events. */
export type { PublishStoreLimits } from './limits.ts';
export type * from './publish-store.ts';
export {
  openMemoryPublishStore,
  openSqlitePublishStore,
  PUBLISH_STORE_FILE_NAME,
  type SqlitePublishStoreOptions,
} from './sqlite-publish-store.ts';
