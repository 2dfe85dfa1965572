import type { Settings } from '../config/index.ts';
import { placeOf } from '../state/index.ts';
import type { PublishService } from './service.ts';

function listPlaces({ listening, admin }: PublishService, settings: Settings): readonly string[] {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['https', listening.https],
    ['http', listening.http.map((address) => `${address} (challenges of the authority only)`)],
    ['plain', listening.plain],
    ['admin', [admin === undefined ? 'off' : `http://${admin} (/metrics, /healthz, /v1/ask)`]],
    ['state', [placeOf(settings, 'publisher').directory]],
  ];
  return rows.flatMap(([name, values]) => values.map((value) => `  ${name.padEnd(8)}${value}`));
}

function listGaps({ listening }: PublishService, { publish }: Settings): readonly string[] {
  const { acme, target, dns, domains, listen } = publish;
  const isPublic = (addresses: readonly string[], port: number): boolean =>
    addresses.some((address) => address.endsWith(`:${String(port)}`));
  const hasHttps = listen.https.length > 0;
  return [
    ...(hasHttps && !isPublic(listening.https, 443)
      ? ['Senders ask port 443: set publish.listen.https, or forward the port.']
      : []),
    ...(acme.directory !== 'off' && !isPublic(listening.http, 80)
      ? ['The authority asks port 80 (http-01): set publish.listen.http, or forward the port.']
      : []),
    ...(hasHttps && acme.directory === 'off' && !domains.some(({ keyFile }) => keyFile)
      ? ['There are no certificates: set publish.acme.directory, or certificateFile of a domain.']
      : []),
    ...(target.name === undefined && target.addresses.length === 0
      ? ['Set publish.target, and "sekisho dns" knows where mta-sts.DOMAIN has to point.']
      : []),
    ...(dns.update === 'by-hand'
      ? ['Ids in the DNS are entered by hand; publish.dns.update can change that.']
      : []),
  ];
}

/** What a postmaster needs to see after the first start: where Sekisho listens, what is open, and what to do next. */
export function formatPublishWelcome(
  service: PublishService,
  settings: Settings,
  domains: number,
): string {
  const gaps = listGaps(service, settings).map((line) => `  - ${line}`);
  const next =
    domains === 0
      ? [
          'Publish a first policy, from another terminal:',
          '  sekisho dns example.com                          the records that it needs',
          '  sekisho publish set example.com --mode testing   served, verified, announced',
          '  sekisho publish status example.com               how far it is from enforce',
        ]
      : [
          `${domains === 1 ? '1 domain' : `${String(domains)} domains`}.  See: sekisho publish status`,
        ];
  return [
    'Sekisho publishes policies.',
    ...listPlaces(service, settings),
    '',
    ...(gaps.length === 0 ? [] : ['To consider:', ...gaps, '']),
    ...next,
    '',
  ].join('\n');
}
