import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificates } from '../../world/certificates.ts';
import type { Namespace } from '../../world/namespace.ts';
import { startPostfix } from '../../world/postfix.ts';
import { submit } from '../../world/submission.ts';
import { REPORT_DOMAIN, REPORT_HOST, REPORT_MX } from './addresses.ts';

/** The MX that reports are mailed to; it hands everything to Sekisho by LMTP. */
export interface ReportMailbox {
  /** Hands it a message as if it came from anywhere. */
  receive(recipient: string, text: string): Promise<void>;
}

export function startReportMailbox(
  internet: Namespace,
  folder: string,
  certificates: Certificates,
  lmtpAddress: string,
): ReportMailbox {
  mkdirSync(folder, { recursive: true });
  const chainFile = join(folder, 'mx.pem');
  // A report has to arrive where TLS is broken (RFC 8460 §3).
  certificates.issue(chainFile, { dnsNames: [REPORT_MX], fromDay: -30, toDay: -1 });
  const settings = {
    myhostname: REPORT_MX,
    virtual_mailbox_domains: REPORT_DOMAIN,
    virtual_mailbox_maps: 'static:all',
    virtual_transport: `lmtp:inet:${lmtpAddress}`,
    smtpd_tls_security_level: 'may',
    smtpd_tls_chain_files: chainFile,
    smtpd_peername_lookup: 'no',
    // A report that Sekisho wants again later comes again soon.
    minimal_backoff_time: '5s',
    queue_run_delay: '5s',
  };
  startPostfix(internet, folder, settings, [
    `${REPORT_HOST}:25 inet n - n - - smtpd`,
    'submission unix n - n - - smtpd',
    'lmtp unix - - n - - lmtp',
  ]);
  const socket = join(folder, 'queue', 'public', 'submission');
  return { receive: (recipient, text) => submit(socket, [{ recipient, token: '', text }]) };
}
