import { mxHost, type PolicyHost } from '../../world/addresses.ts';
import { policy, site, type Site } from '../../world/case.ts';
import type { ZoneRecords } from '../../world/name-server.ts';
import { zonesOf } from '../../world/zones.ts';
import { CASES } from '../cases.ts';
import {
  REPORT_DOMAIN,
  REPORT_HOST,
  REPORT_MAILBOX,
  REPORT_MX,
  REPORTER_DOMAIN,
} from './addresses.ts';

/** Asks for reports itself and has a policy: mail with reports must be left out on purpose, not by chance. */
const REPORT_SITE = site({
  mx: [],
  records: [`@ MX 10 ${REPORT_MX}.`],
  policy: policy('enforce', [REPORT_MX]),
});

/** How every domain presents itself. */
export const SITES: ReadonlyMap<string, Site> = new Map([
  ...CASES.map((each) => [each.domain, each.site] as const),
  [REPORT_DOMAIN, REPORT_SITE],
]);

/** The zones with all of them, with where their reports go, and with the key that signs report mail. */
export function reportZones(
  keysFolder: string,
  dkim: { readonly name: string; readonly text: string },
): ZoneRecords {
  const zones = zonesOf(SITES, keysFolder);
  return {
    'lab.test': [
      ...zones['lab.test'],
      ...CASES.map(({ domain, channel }) => wantsReports(domain, channel)),
    ],
    test: [
      ...zones.test,
      wantsReports(REPORT_DOMAIN),
      `${REPORT_DOMAIN}. A ${REPORT_HOST}`,
      `${REPORT_MX}. A ${REPORT_HOST}`,
      `${REPORTER_DOMAIN}. MX 10 ${mxHost('good')}.`,
      `${dkim.name}. TXT ${inStrings(dkim.text)}`,
    ],
  };
}

function wantsReports(domain: string, channel: 'lmtp' | 'post' = 'lmtp'): string {
  const rua =
    channel === 'post' ? `https://${REPORT_DOMAIN}/v1/tlsrpt` : `mailto:${REPORT_MAILBOX}`;
  return `_smtp._tls.${domain}. TXT "v=TLSRPTv1; rua=${rua}"`;
}

/** A string of a TXT record has 255 bytes at most. */
function inStrings(text: string): string {
  return (text.match(/.{1,250}/g) ?? []).map((part) => `"${part}"`).join(' ');
}

/** The domains that each policy host serves. */
export function domainsByPolicyHost(): Partial<Record<PolicyHost, string[]>> {
  const domains: Partial<Record<PolicyHost, string[]>> = {};
  for (const [domain, { policyHost }] of SITES) {
    if (policyHost !== 'gone') (domains[policyHost] ??= []).push(domain);
  }
  return domains;
}
