import { randomUUID } from 'node:crypto';
import type { Clock } from '../../io/clock/index.ts';
import type { Settings } from '../config/index.ts';
import { createSettledMailOut } from '../report/settled-carriers.ts';
import { submitterOf } from '../report/submitter.ts';
import type { ToldAlert } from './format-alert.ts';

/** RFC 2045 §6.8. */
const BASE64_LINE = /.{1,76}/gu;

/** Sends alerts by mail; what it makes resolves to what went wrong. @throws ConfigError for a file that cannot be used. */
export async function createAlertMail(
  settings: Settings,
  to: string,
  clock: Clock,
): Promise<(alert: ToldAlert, signal: AbortSignal) => Promise<string | undefined>> {
  const { contact: from, domain } = submitterOf(settings);
  const mailOut = await createSettledMailOut(settings, clock);
  return async (alert, signal) => {
    const message = formatAlertMail(alert, { from, to, domain, date: new Date(clock.now()) });
    const end = await mailOut.handOver(
      { from, to, message },
      { beforeCommit: () => Promise.resolve(), signal },
    );
    return end.kind === 'taken' || end.kind === 'unknown'
      ? undefined
      : `mail is not taken: ${end.problem}`;
  };
}

interface Envelope {
  readonly from: string;
  readonly to: string;
  readonly domain: string;
  readonly date: Date;
}

/** RFC 5322, in ASCII; RFC 3834 §5.1 keeps automatic answers away. */
export function formatAlertMail(alert: ToldAlert, envelope: Envelope): Buffer {
  const { from, to, domain, date } = envelope;
  const { code, kind, subject, message, remedy } = alert;
  const about = subject.mxHost ?? subject.domain ?? subject.submitter ?? '';
  const shown = /^[\x21-\x7e]{1,253}$/u.test(about) ? ` ${about}` : '';
  const text = [message, ...(remedy === undefined ? [] : ['', remedy]), ''].join('\r\n');
  const lines = [
    `From: <${from}>`,
    `To: <${to}>`,
    `Subject: Sekisho: ${code}${shown}${kind === 'raised' ? '' : ` (${kind})`}`,
    `Date: ${date.toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${randomUUID()}@${domain}>`,
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    ...(Buffer.from(text).toString('base64').match(BASE64_LINE) ?? []),
    '',
  ];
  return Buffer.from(lines.join('\r\n'), 'latin1');
}
