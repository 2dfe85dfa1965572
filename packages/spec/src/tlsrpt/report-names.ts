import type { Domain } from '../text/domain.ts';
import { parseDomain } from '../text/domain.ts';

/** What the name of a report's file says; where it differs from the report, the report counts. RFC 8460 §5.1, §5.6. */
export interface ReportFileName {
  /** The domain of the report's `contact-info`. */
  readonly submitter: Domain;
  readonly policyDomain: Domain;
  /** Seconds since the epoch: the first one covered. */
  readonly beginSeconds: number;
  /** The last one covered. */
  readonly endSeconds: number;
  /** Letters and digits, to tell reports of one day apart. */
  readonly uniqueId?: string;
  readonly isCompressed: boolean;
}

/**
 * Writes the name of a report's file. RFC 8460 §5.1.
 *
 * @throws TypeError for a `uniqueId` that is not of letters and digits.
 * @example
 * ```ts
 * import { formatReportFileName, parseDomain } from '@sekisho/spec';
 *
 * const submitter = parseDomain('example.net');
 * const policyDomain = parseDomain('example.com');
 * assert(submitter.ok && policyDomain.ok);
 * assert.equal(
 *   formatReportFileName({
 *     submitter: submitter.value, policyDomain: policyDomain.value,
 *     beginSeconds: 1_795_392_000, endSeconds: 1_795_478_399, isCompressed: true,
 *   }),
 *   'example.net!example.com!1795392000!1795478399.json.gz',
 * );
 * ```
 */
export function formatReportFileName(name: ReportFileName): string {
  const { submitter, policyDomain, beginSeconds, endSeconds, uniqueId, isCompressed } = name;
  if (uniqueId !== undefined && !/^[A-Za-z0-9]+$/.test(uniqueId))
    throw new TypeError('Cannot write unique-id: must be letters and digits (RFC 8460 §5.1)');
  const parts = [
    submitter,
    policyDomain,
    beginSeconds,
    endSeconds,
    ...(uniqueId ? [uniqueId] : []),
  ];
  return `${parts.join('!')}.${isCompressed ? 'json.gz' : 'json'}`;
}

/**
 * Reads the name of a report's file; undefined for any other name, since it is a hint at most. RFC 8460 §5.1.
 *
 * @example
 * ```ts
 * import { parseReportFileName } from '@sekisho/spec';
 *
 * const name = parseReportFileName('example.net!example.com!1795392000!1795478399!001.json.gz');
 * assert.equal(name?.policyDomain, 'example.com');
 * assert.equal(name?.uniqueId, '001');
 * assert.equal(parseReportFileName('report.json'), undefined);
 * ```
 */
export function parseReportFileName(text: string): ReportFileName | undefined {
  const match =
    text.length > 640
      ? null
      : /^([^!]+)!([^!]+)!(\d{1,12})!(\d{1,12})(?:!([A-Za-z0-9]+))?\.json(\.gz)?$/.exec(
          text.trim(),
        );
  if (match === null) return undefined;
  const [, submitterText = '', policyText = '', begin, end, uniqueId, gz] = match;
  const submitter = parseDomain(submitterText);
  const policyDomain = parseDomain(policyText);
  if (!submitter.ok || !policyDomain.ok) return undefined;
  return {
    submitter: submitter.value,
    policyDomain: policyDomain.value,
    beginSeconds: Number(begin),
    endSeconds: Number(end),
    ...(uniqueId === undefined ? {} : { uniqueId }),
    isCompressed: gz !== undefined,
  };
}

/**
 * Writes the subject of the mail that carries a report, not folded. RFC 8460 §5.3.
 *
 * @param reportId in the form `left@right`, as in the report itself.
 * @throws TypeError for another form.
 * @example
 * ```ts
 * import { formatReportSubject, parseDomain } from '@sekisho/spec';
 *
 * const submitter = parseDomain('example.net');
 * const policyDomain = parseDomain('example.com');
 * assert(submitter.ok && policyDomain.ok);
 * assert.equal(
 *   formatReportSubject(policyDomain.value, submitter.value, '20261123.1@example.net'),
 *   'Report Domain: example.com Submitter: example.net Report-ID: <20261123.1@example.net>',
 * );
 * ```
 */
export function formatReportSubject(
  policyDomain: Domain,
  submitter: Domain,
  reportId: string,
): string {
  if (!/^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+$/.test(reportId))
    throw new TypeError('Cannot write Report-ID: must be of the form left@right (RFC 8460 §5.3)');
  return `Report Domain: ${policyDomain} Submitter: ${submitter} Report-ID: <${reportId}>`;
}
