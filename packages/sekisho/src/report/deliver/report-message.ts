import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { formatReportFileName, formatReportSubject } from '@sekisho/spec';
import type { ReportParcel } from './carrier.ts';
import type { MailAddress } from './mail-address.ts';

export interface ReportMessageOptions {
  /** The address of the report's contact-info: its domain is the submitter. */
  readonly from: MailAddress;
  readonly to: MailAddress;
  readonly date: Date;
}

/** The fields that a DKIM signature covers; `TLS-Report-*` by RFC 8460 §5.3. */
export const SIGNED_FIELDS: readonly string[] = [
  'From',
  'To',
  'Subject',
  'Date',
  'Message-ID',
  'MIME-Version',
  'Content-Type',
  'Auto-Submitted',
  'TLS-Required',
  'TLS-Report-Domain',
  'TLS-Report-Submitter',
];

/** RFC 2045 §6.8. */
const BASE64_LINE = /.{1,76}/g;

/**
 * Builds the mail that carries a report (RFC 8460 §5.3): `multipart/report` of a few sentences and the compressed report.
 * ASCII with CRLF, the same bytes for the same input; the Message-ID depends on the report-id only, so that two tries
 * show as one.
 *
 * @throws TypeError for a report-id that is not of the form `left@right`.
 */
export function buildReportMessage(parcel: ReportParcel, options: ReportMessageOptions): Buffer {
  const digest = createHash('sha256').update(parcel.reportId).digest('hex');
  const boundary = `=_tlsrpt_${digest.slice(0, 32)}`;
  const lines = [
    ...formatHeader(parcel, options, digest, boundary),
    '',
    `--${boundary}`,
    ...formatText(parcel, options),
    `--${boundary}`,
    ...formatReport(parcel, options, digest),
    `--${boundary}--`,
    '',
  ];
  return Buffer.from(lines.join('\r\n'), 'latin1');
}

function formatHeader(
  { reportId, policyDomain }: ReportParcel,
  { from, to, date }: ReportMessageOptions,
  digest: string,
  boundary: string,
): string[] {
  return [
    `From: <${from.address}>`,
    `To: <${to.address}>`,
    `Date: ${date.toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${digest.slice(0, 40)}.tlsrpt@${from.domain}>`,
    `Subject: ${fold(formatReportSubject(policyDomain, from.domain, reportId))}`,
    `TLS-Report-Domain: ${policyDomain}`,
    `TLS-Report-Submitter: ${from.domain}`,
    // RFC 8689 §3: no policy of the destination may stop the report that tells of it.
    'TLS-Required: No',
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type="tlsrpt";',
    ` boundary="${boundary}"`,
  ];
}

/** Folds at white space that the subject has anyway: unfolded, it is the same again (RFC 5322 §2.2.3). */
function fold(subject: string): string {
  return subject.replace(/ (?=Submitter: |Report-ID: )/g, '\r\n ');
}

function formatText(
  { policyDomain, startMs, endMs, reportId }: ReportParcel,
  { from }: ReportMessageOptions,
): string[] {
  return [
    'Content-Type: text/plain; charset=us-ascii',
    'Content-Transfer-Encoding: 7bit',
    '',
    'This is a report about TLS on connections to the mail servers of',
    `${policyDomain}, sent because its DNS asks for such reports (RFC 8460).`,
    'The report itself is attached, for programs to read.',
    '',
    `Mail servers of: ${from.domain}`,
    `From:            ${formatInstant(startMs)}`,
    `Until:           ${formatInstant(lastCoveredMs(startMs, endMs))}`,
    `Report-ID:       ${reportId}`,
    '',
    'To get no more of them, take this address out of the TXT record at',
    `_smtp._tls.${policyDomain}.`,
    '',
  ];
}

function formatReport(
  { policyDomain, startMs, endMs, json }: ReportParcel,
  { from }: ReportMessageOptions,
  digest: string,
): string[] {
  const fileName = formatReportFileName({
    submitter: from.domain,
    policyDomain,
    beginSeconds: Math.floor(startMs / 1000),
    endSeconds: Math.floor(lastCoveredMs(startMs, endMs) / 1000),
    uniqueId: digest.slice(0, 8),
    isCompressed: true,
  });
  return [
    'Content-Type: application/tlsrpt+gzip',
    'Content-Transfer-Encoding: base64',
    'Content-Disposition: attachment;',
    ` filename="${fileName}"`,
    '',
    ...(gzipSync(json).toString('base64').match(BASE64_LINE) ?? []),
    '',
  ];
}

/** The end of a parcel is the first moment not covered; names and texts give the last second that is. */
function lastCoveredMs(startMs: number, endMs: number): number {
  return Math.max(startMs, endMs - 1000);
}

function formatInstant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
