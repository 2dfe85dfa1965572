import { gzipSync } from 'node:zlib';
import { REPORT_MAILBOX, REPORTER, REPORTER_DOMAIN } from './addresses.ts';

/** Mail that looks like the reporter's, with failures that never were and without its signature. */
export function forgeReport(day: string, policyDomain: string, failed: number): string {
  const report = {
    'organization-name': 'Sender of the closed world',
    'date-range': { 'start-datetime': `${day}T00:00:00Z`, 'end-datetime': `${day}T23:59:59Z` },
    'contact-info': REPORTER,
    'report-id': `forged@${REPORTER_DOMAIN}`,
    policies: [
      {
        policy: { 'policy-type': 'no-policy-found', 'policy-domain': policyDomain },
        summary: { 'total-successful-session-count': 0, 'total-failure-session-count': failed },
      },
    ],
  };
  const base64 = gzipSync(JSON.stringify(report)).toString('base64');
  return [
    `From: <${REPORTER}>`,
    `To: <${REPORT_MAILBOX}>`,
    `Subject: Report Domain: ${policyDomain} Submitter: ${REPORTER_DOMAIN} Report-ID: <forged@${REPORTER_DOMAIN}>`,
    `TLS-Report-Domain: ${policyDomain}`,
    `TLS-Report-Submitter: ${REPORTER_DOMAIN}`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type="tlsrpt"; boundary="part"',
    '',
    '--part',
    'Content-Type: text/plain',
    '',
    'A report.',
    '--part',
    'Content-Type: application/tlsrpt+gzip',
    'Content-Transfer-Encoding: base64',
    '',
    ...(base64.match(/.{1,76}/g) ?? []),
    '--part--',
  ].join('\r\n');
}
