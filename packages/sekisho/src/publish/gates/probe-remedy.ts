import type { ProbeCode } from '../../io/smtp/index.ts';

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
