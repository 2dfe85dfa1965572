import type { Settings } from '../config/index.ts';
import { placeOf } from '../state/index.ts';
import type { IntakeService } from './service.ts';

function listPlaces(service: IntakeService, settings: Settings): readonly string[] {
  const { lmtp, post, admin } = service;
  const { imap, maildir } = settings.intake;
  const mailbox = imap.host === undefined ? [] : [`${imap.mailbox} at ${imap.host}`];
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['lmtp', lmtp.length === 0 ? ['off'] : lmtp],
    ['post', [post ?? 'off']],
    ['imap', mailbox],
    ['maildir', maildir.path === undefined ? [] : [maildir.path]],
    ['admin', [admin === undefined ? 'off' : `http://${admin} (/metrics, /healthz)`]],
    ['state', [placeOf(settings, 'intake').directory]],
  ];
  return rows.flatMap(([name, values]) => values.map((value) => `  ${name.padEnd(9)}${value}`));
}

function listGaps({ intake, alerts }: Settings): readonly string[] {
  const { domains, dkim } = intake;
  const isTold =
    alerts.command.length > 0 || alerts.webhookFile !== undefined || alerts.mailTo !== undefined;
  return [
    ...(domains.length === 0
      ? ['Set intake.domains: until then, reports about every domain are taken.']
      : []),
    ...(isTold ? [] : ['Set alerts: until then, failures are told to the log alone.']),
    ...(dkim.verify ? [] : ['intake.dkim.verify is off: no report counts for gates and alerts.']),
  ];
}

/** How Postfix names an LMTP server (transport(5)). */
function toTransport(place: string): string | undefined {
  if (place.startsWith('systemd:')) return undefined;
  return place.startsWith('unix:') ? `lmtp:${place}` : `lmtp:inet:${place}`;
}

/** What a postmaster needs to see after the first start: where Sekisho listens, what is open, and what to do next. */
export function formatIntakeWelcome(service: IntakeService, settings: Settings): string {
  const gaps = listGaps(settings).map((line) => `  - ${line}`);
  const [domain = 'example.com'] = settings.intake.domains;
  const [place = ''] = service.lmtp;
  const transport = toTransport(place);
  return [
    'Sekisho receives TLS reports about your domains.',
    ...listPlaces(service, settings),
    '',
    ...(gaps.length === 0 ? [] : ['To consider:', ...gaps, '']),
    'Ask for reports, in the DNS:',
    `  _smtp._tls.${domain}. TXT "v=TLSRPTv1; rua=mailto:tls-reports@${domain}"`,
    '',
    ...(transport === undefined || place === ''
      ? []
      : [
          'Postfix hands them over with, in the table of transport_maps:',
          `  tls-reports@${domain}  ${transport}`,
          '',
        ]),
    'See what they say:  sekisho reports',
    '',
  ].join('\n');
}
