import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  BLACK_HOLE,
  isIpv6,
  mxHost,
  POLICY_HOSTS,
  RECEIVERS,
  REFUSING,
  type Receiver,
} from './addresses.ts';
import type { Site } from './case.ts';
import type { ZoneRecords } from './name-server.ts';

/** Name servers that a broken `_mta-sts` is delegated to. */
const LAME = { servfail: 'lame.test.', 'time-out': 'hole.test.' } as const;

/** Writes the zones in which the given domains present themselves in the given way. */
export function zonesOf(sites: ReadonlyMap<string, Site>, keysFolder: string): ZoneRecords {
  const zones = { test: providerRecords(keysFolder), 'lab.test': [] as string[] };
  for (const [domain, site] of sites) {
    const zone = domain.endsWith('.lab.test') ? zones['lab.test'] : zones.test;
    zone.push(...siteRecords(`${domain}.`, site));
  }
  return zones;
}

function siteRecords(owner: string, site: Site): string[] {
  const { mx, txt, policyHost, records } = site;
  return [
    ...mx.map((receiver, index) => `${owner} MX ${(index + 1) * 10} ${mxHost(receiver)}.`),
    ...(typeof txt === 'string'
      ? [`_mta-sts.${owner} NS ${LAME[txt]}`]
      : txt.map(
          (strings) => `_mta-sts.${owner} TXT ${strings.map((each) => `"${each}"`).join(' ')}`,
        )),
    ...(policyHost === 'gone' ? [] : [address(`mta-sts.${owner}`, POLICY_HOSTS[policyHost])]),
    ...records.map((record) => record.replaceAll('@', owner)),
  ];
}

/** What never changes: the mail hosts and the lame name servers. */
function providerRecords(keysFolder: string): string[] {
  const receivers = Object.entries(RECEIVERS) as [Receiver, string][];
  return [
    ...receivers.map(([receiver, to]) => address(`${mxHost(receiver)}.`, to)),
    address(LAME.servfail, REFUSING),
    address(LAME['time-out'], BLACK_HOLE),
    tlsa('tlsa-match', digestOf(`${keysFolder}/tlsa-match.pem`)),
    tlsa('tlsa-mismatch', '0'.repeat(64)),
  ];
}

function address(owner: string, to: string): string {
  return `${owner} ${isIpv6(to) ? 'AAAA' : 'A'} ${to}`;
}

/** DANE-EE, SPKI, SHA-256 (RFC 7672 §3.1.1). */
function tlsa(receiver: Receiver, digest: string): string {
  return `_25._tcp.${mxHost(receiver)}. TLSA 3 1 1 ${digest}`;
}

function digestOf(pemFile: string): string {
  const { publicKey } = new X509Certificate(readFileSync(pemFile));
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest('hex');
}
