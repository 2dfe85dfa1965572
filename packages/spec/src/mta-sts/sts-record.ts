import type { Extension } from '../text/extension.ts';

/** An MTA-STS TXT record (RFC 8461 §3.1). */
export interface StsRecord {
  /** Names one instance of the policy: 1 to 32 letters and digits, compared for equality only. */
  readonly id: string;
  /** Unknown fields in the order of the record, the first of each name. */
  readonly extensions: readonly Extension[];
}

/** What a record's text can show. */
export type StsRecordIssueCode =
  | 'record-version' // does not begin with the field v=STSv1
  | 'record-characters' // controls or octets outside US-ASCII
  | 'record-space-before-delimiter' // tolerated: blanks before the first semicolon
  | 'record-trailing-space' // tolerated: blanks at the end without a semicolon
  | 'field-empty' // two semicolons in a row
  | 'field-syntax' // not name=value
  | 'field-value' // empty, or characters that no value may have
  | 'field-duplicate' // warning: the first one counts
  | 'field-unknown' // notice
  | 'id-missing'
  | 'id-invalid'
  | 'issues-omitted'; // notice: there are more than are listed

/** Whether a text can be an id. RFC 8461 §3.1. */
export function isRecordId(text: string): boolean {
  return /^[A-Za-z0-9]{1,32}$/.test(text);
}
