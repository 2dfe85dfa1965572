/** The MX hosts of one mail provider, as a policy names them (RFC 8461 §3.2). */
export interface Preset {
  /** For `--preset`. */
  readonly name: string;
  /** What people call it. */
  readonly provider: string;
  /** `patternsFor` adds what depends on the customer's own MX. */
  readonly patterns: readonly string[];
  /** Each customer's host stands below this name and one label more, which only the live MX tells. */
  readonly zone?: string;
  /** A page of the provider that names its MX hosts. */
  readonly source: string;
  /** When this was last compared with what the provider says, as `YYYY-MM-DD`. */
  readonly checkedOn: string;
  /** What to know before using it. */
  readonly note?: string;
}

const CHECKED_ON = '2026-11-24';
const ZOHO = 'https://www.zoho.com/mail/help/adminconsole/configure-email-delivery.html';

/** Every preset, in order of name. Providers change their hosts, so every order compares with the live MX hosts as well. */
export const PRESETS: readonly Preset[] = [
  {
    name: 'cloudflare',
    provider: 'Cloudflare Email Routing',
    patterns: ['*.mx.cloudflare.net'],
    source: 'https://developers.cloudflare.com/email-routing/postmaster/',
    checkedOn: CHECKED_ON,
  },
  {
    name: 'fastmail',
    provider: 'Fastmail',
    patterns: ['in1-smtp.messagingengine.com', 'in2-smtp.messagingengine.com'],
    source: 'https://www.fastmail.help/hc/en-us/articles/360060591153',
    checkedOn: CHECKED_ON,
  },
  {
    name: 'google',
    provider: 'Google Workspace',
    patterns: ['smtp.google.com', 'aspmx.l.google.com', '*.aspmx.l.google.com'],
    source: 'https://knowledge.workspace.google.com/admin/gmail/advanced/create-an-mta-sts-policy',
    checkedOn: CHECKED_ON,
    note: 'Domains set up before 2023 have five hosts below l.google.com, later ones only smtp.google.com; the patterns cover both. Very old domains have aspmx2.googlemail.com to aspmx5.googlemail.com as well: name those, or take them out of the MX records.',
  },
  {
    name: 'icloud',
    provider: 'iCloud Mail, own domain',
    patterns: ['mx01.mail.icloud.com', 'mx02.mail.icloud.com'],
    source: 'https://support.apple.com/en-us/102374',
    checkedOn: CHECKED_ON,
  },
  {
    name: 'microsoft',
    provider: 'Microsoft 365',
    patterns: ['*.mail.protection.outlook.com'],
    source: 'https://learn.microsoft.com/en-us/purview/enhancing-mail-flow-with-mta-sts',
    checkedOn: CHECKED_ON,
    note: 'Domains with DNSSEC have hosts such as example-com.o-v1.mx.microsoft: for these use microsoft-dnssec or name the host itself.',
  },
  {
    name: 'microsoft-dnssec',
    provider: 'Microsoft 365 with DNSSEC',
    patterns: ['*.mail.protection.outlook.com', ...microsoftLabels('h', 'j', 'o', 'p', 'r')],
    zone: 'mx.microsoft',
    source: 'https://learn.microsoft.com/en-us/purview/how-smtp-dane-works',
    checkedOn: CHECKED_ON,
    note: 'A star stands for one label (RFC 8461 §4.1), so *.mx.microsoft matches no host of a tenant. The label before mx.microsoft differs between tenants: if yours is not in the list, name your MX host itself.',
  },
  {
    name: 'migadu',
    provider: 'Migadu',
    patterns: ['aspmx1.migadu.com', 'aspmx2.migadu.com'],
    source: 'https://www.migadu.com/guides/',
    checkedOn: CHECKED_ON,
  },
  {
    name: 'proton',
    provider: 'Proton Mail',
    patterns: ['mail.protonmail.ch', 'mailsec.protonmail.ch'],
    source: 'https://mta-sts.protonmail.com/.well-known/mta-sts.txt',
    checkedOn: CHECKED_ON,
  },
  {
    name: 'tuta',
    provider: 'Tuta',
    patterns: ['mail.tutanota.de'],
    source: 'https://tuta.com/support',
    checkedOn: CHECKED_ON,
  },
  zoho('zoho', 'zoho.com', 'United States and elsewhere'),
  zoho('zoho-au', 'zoho.com.au', 'Australia'),
  zoho('zoho-eu', 'zoho.eu', 'European Union'),
  zoho('zoho-in', 'zoho.in', 'India'),
  zoho('zoho-jp', 'zoho.jp', 'Japan'),
];

/** Labels that were seen in MX records. */
function microsoftLabels(...letters: readonly string[]): string[] {
  return letters.map((letter) => `*.${letter}-v1.mx.microsoft`);
}

function zoho(name: string, domain: string, region: string): Preset {
  return {
    name,
    provider: `Zoho Mail, ${region}`,
    patterns: [`mx.${domain}`, `mx2.${domain}`, `mx3.${domain}`],
    source: ZOHO,
    checkedOn: CHECKED_ON,
    note: 'Each data centre has hosts of its own: compare with your MX records.',
  };
}
