import { isUtf8 } from 'node:buffer';
import {
  type Domain,
  type Issue,
  parseDomain,
  parseReportFileName,
  parseTlsReport,
  quote,
  type ReportFileName,
  type TlsReport,
} from '@sekisho/spec';
import type { FoundText, MessageOrigin } from '../unpack/index.ts';

/** A report that was read, with all that had to be repaired, or why it cannot be used. Texts are escaped. */
export type ReadReport =
  | {
      readonly kind: 'report';
      readonly report: TlsReport;
      readonly issues: readonly Issue[];
      readonly raw: Uint8Array;
      /** Domain that the report names as its reporter; undefined where nothing does. */
      readonly submitter: Domain | undefined;
      /** Domains that it is about, also those that only its name or the message's header says. */
      readonly about: readonly string[];
    }
  | { readonly kind: 'unusable'; readonly problems: readonly string[] };

/** Reads the text of a report, and fills in from around it what some reporters leave out. RFC 8460 §4.4, §5.6. */
export function readReport(text: FoundText, origin: MessageOrigin): ReadReport {
  if (hasTooManyValues(text.bytes))
    return { kind: 'unusable', problems: [`it has more than ${MOST_VALUES} values`] };
  const parsed = parseTlsReport(text.bytes.toString('utf8'));
  if (!parsed.ok)
    return { kind: 'unusable', problems: parsed.issues.map(({ message }) => message) };
  const name = parseReportFileName(text.fileName ?? '');
  const { report, repair } = withPolicyDomain(parsed.value, name, origin);
  const issues: readonly Issue[] = [
    ...parsed.issues,
    ...(repair === undefined ? [] : [repair]),
    ...(isUtf8(text.bytes) ? [] : [NOT_UTF8]),
  ];
  // Some write a domain for a name, and no contact.
  const organization = /\.[a-z]/i.test(report.organizationName ?? '')
    ? toDomain(report.organizationName)
    : undefined;
  const hints = [name?.policyDomain, origin.policyDomain];
  const about = [...report.policies.map(({ policyDomain }) => policyDomain), ...hints];
  return {
    kind: 'report',
    report,
    issues,
    raw: text.bytes,
    submitter: domainOf(report.contactInfo) ?? origin.submitter ?? name?.submitter ?? organization,
    about: about.filter((domain) => domain !== undefined),
  };
}

/** More than 10 MB of failures as reporters write them; ten of empty objects would take seconds, and half a gigabyte. */
const MOST_VALUES = 500_000;

/** All values of an object or array but the last are followed by a comma. */
function hasTooManyValues(bytes: Buffer): boolean {
  let commas = 0;
  for (let at = bytes.indexOf(','); at >= 0; at = bytes.indexOf(',', at + 1)) {
    commas += 1;
    if (commas > MOST_VALUES) return true;
  }
  return false;
}

const NOT_UTF8: Issue = {
  code: 'not-utf-8',
  severity: 'tolerated',
  message: 'Cannot read all of the TLS report as UTF-8: what is none is replaced (RFC 7493 §2.1)',
  ref: 'RFC 7493 §2.1',
};

/** The contact may be written with a name before it, or as a URI. */
function domainOf(contact: string | undefined): Domain | undefined {
  const [, host] = /@([A-Za-z0-9.-]{1,254})>?\s{0,9}$/.exec(contact?.slice(-512) ?? '') ?? [];
  return toDomain(host);
}

function toDomain(text: string | undefined): Domain | undefined {
  const parsed = text === undefined ? undefined : parseDomain(text);
  return parsed?.ok === true ? parsed.value : undefined;
}

/** The name of the part goes first: it is under the signature, which the field of the header need not be. */
function withPolicyDomain(
  report: TlsReport,
  name: ReportFileName | undefined,
  origin: MessageOrigin,
): { report: TlsReport; repair?: Issue } {
  if (report.policies.every(({ policyDomain }) => policyDomain !== undefined)) return { report };
  const found = name?.policyDomain ?? origin.policyDomain ?? domainInId(report.reportId);
  if (found === undefined) return { report };
  const policies = report.policies.map((policy) => ({ policyDomain: found, ...policy }));
  const message = `policy-domain is missing, ${quote(found)} is taken from around the TLS report (RFC 8460 §5.6)`;
  return {
    report: { ...report, policies },
    repair: {
      code: 'policy-domain-recovered',
      severity: 'tolerated',
      message,
      ref: 'RFC 8460 §5.6',
    },
  };
}

/** Some write `start_domain`, `digits+domain` or `start_index_domain`. */
function domainInId(reportId: string): Domain | undefined {
  const [, tail = ''] = /[_+]([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)$/.exec(reportId.slice(-300)) ?? [];
  return toDomain(tail);
}
