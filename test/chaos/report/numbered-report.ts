import { gzipSync } from 'node:zlib';
import {
  buildReportMail,
  REPORT,
  reportPart,
  TEXT_PART,
} from '../../fixtures/tls-reports/report-mail.ts';

interface ReportJson {
  'report-id': string;
  policies: {
    policy: { 'policy-domain': string };
    summary: { 'total-successful-session-count': number };
  }[];
}

/** The day that numbered reports are about. */
export const NUMBERED_DAY = '2026-11-23';

/** A report of its own for each number, which is also how many sessions it tells of. */
export function numberedReport(number: number, domain: string): Buffer {
  const report = JSON.parse(REPORT) as ReportJson;
  report['report-id'] = `${number}@example.net`;
  for (const { policy, summary } of report.policies) {
    policy['policy-domain'] = domain;
    summary['total-successful-session-count'] = number;
  }
  return Buffer.from(JSON.stringify(report));
}

/** A message that carries a report, compressed. */
export function mailWith(report: Uint8Array): Buffer {
  const part = reportPart('application/tlsrpt+gzip', gzipSync(report), 'r.json.gz');
  return buildReportMail({ parts: [TEXT_PART, part] });
}
