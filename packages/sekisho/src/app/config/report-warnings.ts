import type { ConfigWarning } from './config-warning.ts';
import type { Settings } from './schema.ts';

/** What of `report` an operator should have meant. */
export function findReportRisks({ report }: Settings): readonly ConfigWarning[] {
  const { contact, organizationName, dkim, mail, dryRun, spreadMinutes } = report;
  const candidates: readonly (ConfigWarning | false)[] = [
    contact === undefined &&
      organizationName !== undefined && {
        key: 'report.contact',
        message: 'without it reports are made and kept, and none is sent',
      },
    contact !== undefined &&
      dkim.keyFile === undefined && {
        key: 'report.dkim.keyFile',
        message:
          'without it your mail server has to sign report mail, or receivers ignore it (RFC 8460 §3)',
      },
    dryRun && { key: 'report.dryRun', message: 'no report is sent' },
    mail.tls === 'off' &&
      mail.sendmail === undefined &&
      !/^(?:localhost|127\.[\d.]+|::1)$/u.test(mail.host) && {
        key: 'report.mail.tls',
        message: 'report mail leaves this machine without TLS',
      },
    contact !== undefined &&
      spreadMinutes < 60 && {
        key: 'report.spreadMinutes',
        message: 'collectors are met by the reports of many senders at once (RFC 8460 §4.1)',
      },
  ];
  return candidates.filter((candidate) => candidate !== false);
}
