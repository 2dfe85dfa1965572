import type { Preset } from './preset.ts';

/** Every preset, in order of name. Providers change their hosts, so every order compares with the live MX hosts as well. */
export const PRESETS: readonly Preset[] = [
  {
    name: 'cloudflare',
    provider: 'Cloudflare Email Routing',
    mx: ['*.mx.cloudflare.net'],
    source: 'https://developers.cloudflare.com/email-routing/setup/email-routing-dns-records/',
    asOf: '2026-04-06',
    notes: [],
  },
  {
    name: 'fastmail',
    provider: 'Fastmail',
    mx: ['in1-smtp.messagingengine.com', 'in2-smtp.messagingengine.com'],
    source: 'https://www.fastmail.help/hc/en-us/articles/360060591153',
    asOf: '2026-04-06',
    notes: [],
  },
  {
    name: 'google',
    provider: 'Google Workspace',
    mx: ['smtp.google.com', 'aspmx.l.google.com', '*.aspmx.l.google.com'],
    source: 'https://support.google.com/a/answer/174125',
    asOf: '2026-04-06',
    notes: [
      'Domains set up before 2023 have five hosts below l.google.com, later ones only smtp.google.com; the pattern covers both.',
    ],
  },
  {
    name: 'icloud',
    provider: 'iCloud Mail, own domain',
    mx: ['mx01.mail.icloud.com', 'mx02.mail.icloud.com'],
    source: 'https://support.apple.com/en-us/102374',
    asOf: '2026-04-06',
    notes: [],
  },
  {
    name: 'microsoft',
    provider: 'Microsoft 365',
    mx: ['*.mail.protection.outlook.com'],
    source: 'https://learn.microsoft.com/en-us/purview/enhancing-mail-flow-with-mta-sts',
    asOf: '2026-04-06',
    notes: [
      'Domains with DNSSEC have hosts such as example-com.o-v1.mx.microsoft: for these use microsoft-dnssec or name the host itself.',
    ],
  },
  {
    name: 'microsoft-dnssec',
    provider: 'Microsoft 365 with DNSSEC',
    mx: ['*.mail.protection.outlook.com', '*.h-v1.mx.microsoft', '*.o-v1.mx.microsoft'],
    source: 'https://learn.microsoft.com/en-us/purview/how-smtp-dane-works',
    asOf: '2026-04-06',
    notes: [
      'A star stands for one label (RFC 8461 §4.1), so *.mx.microsoft matches no host of a tenant.',
      'The label before mx.microsoft differs between tenants: if yours is not in the list, name your MX host itself.',
    ],
  },
  {
    name: 'migadu',
    provider: 'Migadu',
    mx: ['aspmx1.migadu.com', 'aspmx2.migadu.com'],
    source: 'https://www.migadu.com/guides/dns/',
    asOf: '2026-04-06',
    notes: [],
  },
  {
    name: 'proton',
    provider: 'Proton Mail',
    mx: ['mail.protonmail.ch', 'mailsec.protonmail.ch'],
    source: 'https://proton.me/support/custom-domain',
    asOf: '2026-04-06',
    notes: [],
  },
  {
    name: 'tuta',
    provider: 'Tuta',
    mx: ['mail.tutanota.de'],
    source: 'https://tuta.com/support#custom-domain-dns',
    asOf: '2026-04-06',
    notes: [],
  },
  {
    name: 'zoho',
    provider: 'Zoho Mail',
    mx: ['mx.zoho.com', 'mx2.zoho.com', 'mx3.zoho.com'],
    source: 'https://www.zoho.com/mail/help/adminconsole/configure-email-delivery.html',
    asOf: '2026-04-06',
    notes: ['Other data centres have hosts of their own, such as mx.zoho.eu.'],
  },
];
