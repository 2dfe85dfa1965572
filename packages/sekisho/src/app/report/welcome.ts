import type { Settings } from '../config/index.ts';
import { placeOf } from '../state/index.ts';
import type { ReportService } from './service.ts';

function listPlaces(service: ReportService, { report, ...settings }: Settings): readonly string[] {
  const { datagrams, http, admin } = service;
  const { file, journal } = report.log;
  const log = file ?? (journal ? 'the systemd journal' : undefined);
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['datagrams', datagrams.length === 0 ? ['off'] : datagrams],
    ['log', log === undefined ? [] : [log]],
    ['sessions', http === undefined ? [] : [`http://${http}/v1/sessions`]],
    ['admin', [admin === undefined ? 'off' : `http://${admin} (/metrics, /healthz)`]],
    ['state', [placeOf({ report, ...settings }, 'reporter').directory]],
  ];
  return rows.flatMap(([name, values]) => values.map((value) => `  ${name.padEnd(11)}${value}`));
}

function listGaps(service: ReportService, { report }: Settings): readonly string[] {
  const { submitter, signer } = service.engine();
  return [
    ...(submitter.isNamed
      ? []
      : ['Set report.contact: until then reports are made and kept, and none is sent.']),
    ...(submitter.isNamed && signer === undefined
      ? [
          'Nothing is signed here: your mail server has to sign report mail with DKIM, or receivers ignore it; or set report.dkim.',
        ]
      : []),
    ...(report.dryRun ? ['report.dryRun is set: no report is sent.'] : []),
  ];
}

/** What a postmaster needs to see after the first start: where Sekisho listens, what is open, and what to do next. */
export function formatReportWelcome(service: ReportService, settings: Settings): string {
  const gaps = listGaps(service, settings).map((line) => `  - ${line}`);
  const { signer } = service.engine();
  const [socket] = service.datagrams;
  return [
    'Sekisho collects sessions, and reports them when their day (UTC) is over.',
    ...listPlaces(service, settings),
    '',
    ...(gaps.length === 0 ? [] : ['To consider:', ...gaps, '']),
    ...(signer === undefined
      ? []
      : [
          'The key of report mail needs this TXT record:',
          `  ${signer.recordName}`,
          `  ${signer.recordText}`,
          '',
        ]),
    ...(socket === undefined
      ? []
      : [
          'Postfix 3.10 or newer tells of its sessions with, in main.cf:',
          '  smtp_tlsrpt_enable = yes',
          `  smtp_tlsrpt_socket_name = ${socket}`,
          '',
        ]),
    'See what is collected and sent:  sekisho report list',
    '',
  ].join('\n');
}
