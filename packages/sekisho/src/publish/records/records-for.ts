import { isIPv6 } from 'node:net';
import {
  type Domain,
  formatStsRecord,
  formatTlsrptRecord,
  policyHost,
  stsRecordName,
  tlsrptRecordName,
} from '@sekisho/spec';
import { type Delegation, expandTemplate } from './delegation.ts';
import type { WantedRecord } from './wanted-record.ts';

/** Where policy hosts are to be found: at addresses, or at a name that has them. */
export type HostTarget = { readonly addresses: readonly string[] } | { readonly name: string };

export interface RecordSettings {
  /** Default 300. */
  readonly ttlSeconds?: number;
  /** Without it, no record for the policy host is given. */
  readonly target?: HostTarget;
  /** `mailto` and `https` URIs for TLS reports; none: no record for them. */
  readonly reportTo?: readonly string[];
  /** Names by which the certificate authority knows itself in CAA records; see `issuersOf`. */
  readonly issuers?: readonly string[];
  /** The domain's signalling and policy host are delegated to us by CNAMEs. */
  readonly delegation?: Delegation;
}

const TTL_SECONDS = 300;

/**
 * Every record that a domain needs.
 *
 * @param id of the version whose text is given out already and whose id may be shown; without it there is no TXT
 * record yet, since an id must never be ahead of its policy (RFC 8461 §8.1).
 * @throws TypeError if `reportTo` holds what cannot be written.
 */
export function recordsFor(
  domain: Domain,
  settings: RecordSettings,
  id: string | undefined,
): readonly WantedRecord[] {
  const { ttlSeconds = TTL_SECONDS, reportTo = [], issuers = [] } = settings;
  const text = reportTo.length === 0 ? undefined : formatTlsrptRecord({ rua: reportTo });
  const [issuer] = issuers;
  const own = { ttlSeconds, keeper: 'domain' } as const;
  return [
    ...signallingRecords(domain, settings, id, ttlSeconds),
    ...hostRecords(domain, settings, ttlSeconds),
    ...(text === undefined
      ? []
      : [
          {
            ...own,
            purpose: 'reports',
            name: tlsrptRecordName(domain),
            type: 'TXT',
            value: text,
          } as const,
        ]),
    ...(issuer === undefined
      ? []
      : [
          {
            ...own,
            purpose: 'issuer',
            name: domain,
            type: 'CAA',
            value: `0 issue "${issuer}"`,
          } as const,
        ]),
  ];
}

function signallingRecords(
  domain: Domain,
  { delegation }: RecordSettings,
  id: string | undefined,
  ttlSeconds: number,
): readonly WantedRecord[] {
  const base = { purpose: 'signalling', ttlSeconds } as const;
  const name = stsRecordName(domain);
  const target = delegation && expandTemplate(delegation.signalling, domain);
  const alias: readonly WantedRecord[] =
    target === undefined ? [] : [{ ...base, name, type: 'CNAME', value: target, keeper: 'domain' }];
  if (id === undefined) return alias;
  const keeper = target === undefined ? 'domain' : 'us';
  const value = formatStsRecord({ id });
  return [...alias, { ...base, name: target ?? name, type: 'TXT', value, keeper }];
}

function hostRecords(
  domain: Domain,
  { delegation, target }: RecordSettings,
  ttlSeconds: number,
): readonly WantedRecord[] {
  const name = policyHost(domain);
  if (name === undefined) return [];
  const base = { purpose: 'host', name, ttlSeconds, keeper: 'domain' } as const;
  const alias = delegation
    ? expandTemplate(delegation.host, domain)
    : target && 'name' in target
      ? target.name
      : undefined;
  if (alias !== undefined) return [{ ...base, type: 'CNAME', value: alias }];
  const addresses = target && 'addresses' in target ? target.addresses : [];
  return addresses.map((value) => ({ ...base, type: isIPv6(value) ? 'AAAA' : 'A', value }));
}
