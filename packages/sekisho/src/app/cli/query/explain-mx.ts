import { type Domain, matchMx, parseDomain, type StsPolicy } from '@sekisho/spec';
import type { DnsResult, MxRecord } from '../../../io/dns/index.ts';
import { describeDns } from './explain-discovery.ts';
import type { MxHost, MxStep } from './explanation.ts';

/** RFC 8461 §5: what follows from a host that no pattern allows. */
const WITHOUT_MATCH = { enforce: 'skip', testing: 'report', none: 'no-demand' } as const;

function toHost({ preference, exchange }: MxRecord, policy: StsPolicy | undefined): MxHost {
  const name = parseDomain(exchange);
  const matches = policy?.mx.filter((pattern) => name.ok && matchMx(pattern, name.value)) ?? [];
  if (policy === undefined || policy.mode === 'none')
    return { preference, exchange, matches, consequence: 'no-demand' };
  const consequence = matches.length > 0 ? 'try' : WITHOUT_MATCH[policy.mode];
  return { preference, exchange, matches, consequence };
}

function kindOf(dns: DnsResult<MxRecord>): MxStep['kind'] {
  if (dns.kind === 'failure') return 'unavailable';
  if (dns.records.length === 0) return 'implicit';
  return dns.records.every(({ exchange }) => exchange === '') ? 'null' : 'records';
}

function listRecords(
  policyDomain: Domain,
  kind: MxStep['kind'],
  dns: DnsResult<MxRecord>,
): readonly MxRecord[] {
  // Without MX the domain itself is the host, and has to match as well.
  if (kind === 'implicit') return [{ preference: 0, exchange: policyDomain }];
  if (dns.kind === 'failure' || kind === 'null') return [];
  return [...dns.records].sort((a, b) => a.preference - b.preference);
}

/** The step that holds every MX host against every pattern of the policy in force, or of none. */
export function explainMx(
  policyDomain: Domain,
  dns: DnsResult<MxRecord>,
  policy: StsPolicy | undefined,
): MxStep {
  const kind = kindOf(dns);
  return {
    step: 'mx',
    dns: describeDns(dns),
    kind,
    ...(policy === undefined ? {} : { mode: policy.mode }),
    patterns: policy?.mx ?? [],
    hosts: listRecords(policyDomain, kind, dns).map((record) => toHost(record, policy)),
  };
}

/** The step about a smart host in brackets: the host itself is what must match. */
export function explainDirectHost(host: Domain, policy: StsPolicy | undefined): MxStep {
  return {
    step: 'mx',
    kind: 'direct',
    ...(policy === undefined ? {} : { mode: policy.mode }),
    patterns: policy?.mx ?? [],
    hosts: [toHost({ preference: 0, exchange: host }, policy)],
  };
}
