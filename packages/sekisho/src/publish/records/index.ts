/** The DNS records that a published domain needs: which, whether they are there, and how to write them. */
export {
  type AnnounceNameOptions,
  type AnnouncePlace,
  findAnnounceName,
} from './announce-name.ts';
export { type ComparedRecord, type CompareOptions, compareRecords } from './compare-records.ts';
export { type Delegation, findDelegationFault } from './delegation.ts';
export type { Finding } from './wanted-record.ts';
export { formatZoneLines } from './zone-text.ts';
export { issuersOf } from './compare-issuer.ts';
export { type HostTarget, type RecordSettings, recordsFor } from './records-for.ts';
export { type FormRow, toFormRows } from './zone-text.ts';
export type { WantedRecord } from './wanted-record.ts';
