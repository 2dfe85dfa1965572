import type { ProbeCode } from '../../io/smtp/index.ts';
import type { ProbeRecord } from '../store/index.ts';

/** What one look at an MX host, at all its addresses together, shows. */
export interface Look {
  readonly atMs: number;
  /**
   * `clean`: a sender in `enforce` would have delivered, at each address that we reach.
   * `failed`: not so at one address at least. `unsure`: the DNS did not tell all, or we have no route.
   */
  readonly verdict: 'clean' | 'failed' | 'unsure';
  readonly records: readonly ProbeRecord[];
}

/** Findings that tell of this machine or of the resolver, and nothing of the MX. */
const SAYS_NOTHING: ReadonlySet<string> = new Set(['no-route', 'dns-failed']);

/** Whether a finding speaks against the MX host. */
export function isFailure(code: string): boolean {
  return code !== 'ok' && !SAYS_NOTHING.has(code);
}

/** The looks at one host, newest first: records of the same moment belong together. */
export function listLooks(probes: readonly ProbeRecord[], mxHost: string): Look[] {
  const moments = new Map<number, ProbeRecord[]>();
  for (const probe of probes) {
    if (probe.mxHost !== mxHost) continue;
    const records = moments.get(probe.atMs) ?? [];
    records.push(probe);
    moments.set(probe.atMs, records);
  }
  return [...moments]
    .map(([atMs, records]) => ({ atMs, records, verdict: judge(records) }))
    .toSorted((a, b) => b.atMs - a.atMs);
}

/** An address of which the DNS did not tell may be the one that fails: such a look proves nothing. */
function judge(records: readonly ProbeRecord[]): Look['verdict'] {
  const codes = records.map(({ code }) => code);
  if (codes.some(isFailure)) return 'failed';
  return codes.includes('ok') && !codes.includes('dns-failed') ? 'clean' : 'unsure';
}

const REMEDIES: Readonly<Record<Exclude<ProbeCode, 'ok'>, string>> = {
  'no-address': 'Give the host an address, or take it out of the MX records.',
  'dns-failed': 'Repair the DNS of the host, or the resolver that Sekisho asks.',
  'no-route': 'Look at it from a machine that reaches this address family.',
  unreachable: 'Let the host listen on port 25, or take the address out of the DNS.',
  timeout: 'See why the host does not answer in time.',
  protocol: 'See why the host does not speak SMTP to strangers.',
  'starttls-not-offered': 'Switch STARTTLS on, and let no firewall take it out of the dialogue.',
  'starttls-refused': 'Repair TLS there: it is offered, but does not begin.',
  'tls-too-old': 'Switch TLS 1.2 or 1.3 on (RFC 8461 §7.2).',
  'tls-failed': 'Repair TLS there.',
  'certificate-expired': 'Renew the certificate, and see why it was not renewed.',
  'certificate-not-yet-valid': "Set the host's clock, or use a certificate that is valid now.",
  'certificate-untrusted':
    'Use a certificate of a public authority, and send the intermediate certificates with it.',
  'certificate-name-mismatch':
    'Use a certificate with the name of the MX host as dNSName (RFC 8461 §4.2).',
};

/** What the operator can do about a finding; one sentence. */
export function probeRemedy(code: string): string {
  const known: Readonly<Record<string, string>> = REMEDIES;
  return known[code] ?? 'See the finding.';
}
