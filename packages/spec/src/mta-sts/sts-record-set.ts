import { MAX_ISSUES } from '../text/issue-list.ts';
import { parseStsRecord } from './parse-sts-record.ts';
import { quote } from '../text/quote.ts';
import type { Issue, ParseOptions } from '../text/result.ts';
import type { StsRecord, StsRecordIssueCode } from './sts-record.ts';

/** What the TXT records of one name can show beside the issues of the record itself. */
export type StsRecordSetIssueCode =
  | StsRecordIssueCode
  | 'record-unrelated' // notice: a TXT record of something else
  | 'record-misspelt' // warning: meant as an MTA-STS record, but does not begin like one
  | 'record-multiple';

/**
 * What the TXT records at `_mta-sts` say together (RFC 8461 §3.1).
 *
 * - `none`: no text begins with `v=STSv1;`.
 * - `multiple`: more than one does; counts as no record.
 * - `invalid`: exactly one does, but breaks the grammar; counts as no record.
 * - `record`: exactly one, and it is valid.
 */
export type StsRecordSet =
  | { readonly kind: 'none'; readonly issues: readonly Issue<StsRecordSetIssueCode>[] }
  | {
      readonly kind: 'multiple';
      readonly count: number;
      readonly issues: readonly Issue<StsRecordSetIssueCode>[];
    }
  | {
      readonly kind: 'invalid';
      readonly text: string;
      readonly issues: readonly Issue<StsRecordSetIssueCode>[];
    }
  | {
      readonly kind: 'record';
      readonly record: StsRecord;
      readonly text: string;
      readonly issues: readonly Issue<StsRecordSetIssueCode>[];
    };

const REF = 'RFC 8461 §3.1';

/**
 * Chooses the MTA-STS record among the TXT records of a name; each text is one record, its strings joined.
 * Only if no text begins with `v=STSv1;` do those with blanks before that semicolon count. Lists about 100 issues at
 * most. RFC 8461 §3.1.
 *
 * @example
 * ```ts
 * import { selectStsRecord } from '@sekisho/spec';
 *
 * const selected = selectStsRecord(['v=spf1 -all', 'v=STSv1; id=1;']);
 * assert(selected.kind === 'record');
 * assert.equal(selected.record.id, '1');
 * assert.equal(selectStsRecord(['v=STSv1; id=1;', 'v=STSv1; id=2;']).kind, 'multiple');
 * ```
 */
export function selectStsRecord(texts: readonly string[], options?: ParseOptions): StsRecordSet {
  const isRecord = texts.some(isExact) ? isExact : isLoose;
  const chosen = texts.filter(isRecord);
  const rest = texts.filter((text) => !isRecord(text));
  const others = rest.slice(0, MAX_ISSUES).map(otherIssue);
  const [text] = chosen;
  if (text === undefined) return { kind: 'none', issues: others };
  if (chosen.length > 1) {
    const count = chosen.length;
    return { kind: 'multiple', count, issues: [multipleIssue(count), ...others] };
  }
  const parsed = parseStsRecord(text, options);
  const issues = [...parsed.issues, ...others];
  return parsed.ok
    ? { kind: 'record', record: parsed.value, text, issues }
    : { kind: 'invalid', text, issues };
}

function isExact(text: string): boolean {
  return text.startsWith('v=STSv1;');
}

/** The grammar allows blanks before a semicolon, the sentence on discarding records does not. */
function isLoose(text: string): boolean {
  return /^v=STSv1[ \t]*;/.test(text);
}

function multipleIssue(count: number): Issue<'record-multiple'> {
  const message = `Cannot choose among ${count} MTA-STS records: must be exactly one (${REF})`;
  return { code: 'record-multiple', severity: 'error', message, ref: REF };
}

function otherIssue(text: string): Issue<StsRecordSetIssueCode> {
  return /^\W*v\s*=\s*stsv/i.test(text.slice(0, 100))
    ? {
        code: 'record-misspelt',
        severity: 'warning',
        message: `TXT record ${quote(text)} is ignored: must begin with "v=STSv1;" exactly (${REF})`,
        ref: REF,
      }
    : {
        code: 'record-unrelated',
        severity: 'notice',
        message: `TXT record ${quote(text)} is ignored: it is no MTA-STS record (${REF})`,
        ref: REF,
      };
}
