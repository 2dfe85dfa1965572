import type { Extension } from '../text/extension.ts';
import type { MxPattern, MxPatternIssueCode } from './mx-pattern.ts';

/** What a sender does when validation fails (RFC 8461 §5): refuse, deliver and report, or nothing. */
export type StsMode = 'enforce' | 'testing' | 'none';

/** Every mode. RFC 8461 §3.2. */
export const STS_MODES: readonly StsMode[] = ['enforce', 'testing', 'none'];

/** The longest life of a policy, one year in seconds; what exceeds it is read as this. RFC 8461 §3.2. */
export const MAX_AGE_LIMIT_SECONDS = 31_557_600;

/** An MTA-STS policy (RFC 8461 §3.2). */
export interface StsPolicy {
  readonly mode: StsMode;
  /** From the last successful fetch; already limited to `MAX_AGE_LIMIT_SECONDS`. */
  readonly maxAgeSeconds: number;
  /** In the order of the file, each once; empty only in mode `none`. */
  readonly mx: readonly MxPattern[];
  /** Unknown fields in the order of the file, the first of each name. */
  readonly extensions: readonly Extension[];
}

/** What a policy's text can show. */
export type StsPolicyIssueCode =
  | 'byte-order-mark'
  | 'line-blank' // tolerated
  | 'line-syntax' // not key: value
  | 'field-value' // an unknown field's value is empty or holds controls
  | 'field-duplicate' // warning: the first one counts
  | 'field-unknown' // notice
  | 'version-missing'
  | 'version-invalid'
  | 'mode-missing'
  | 'mode-invalid'
  | 'max-age-missing'
  | 'max-age-invalid' // not 1 to 10 digits
  | 'max-age-too-large' // tolerated: read as one year
  | 'max-age-zero' // warning: holds for one delivery only
  | 'max-age-short' // warning: an attacker can wait so long
  | 'mx-missing'
  | 'mx-duplicate' // warning
  | 'issues-omitted' // notice: there are more than are listed
  | MxPatternIssueCode;
