import type { CertificateProblemCode } from './back-off.ts';

const REMEDIES: Readonly<Record<string, string>> = {
  unreachable: 'Check the network and acme.directory; it is tried again by itself.',
  timeout: 'Wait: it is tried again by itself.',
  tls: 'Check acme.caFile and the clock of this machine.',
  malformed: 'Check that acme.directory is the URL of an ACME directory (RFC 8555).',
  'rate-limited': 'Wait: it is tried again when the authority allows it.',
  'terms-not-accepted': 'Read the terms and set acme.acceptTerms.',
  'external-account': 'Set acme.eabKeyId and acme.eabKeyFile to what the authority gave you.',
  'validation-failed': 'Let ports 80 and 443 of the policy host be reached from everywhere.',
  'name-refused':
    'Check the CAA records of the domain, and that the authority certifies such names.',
  server: 'Wait: it is tried again by itself.',
  'not-pointing-here': 'Let the name lead to this machine; "sekisho dns DOMAIN" shows the records.',
  'acme-off': 'Set acme.directory, or certificateFile and keyFile of the domain.',
  'no-challenge': 'Set acme.challenges to kinds that the authority offers.',
  'files-unwritable': 'Give the user of this process the right to write in stateDirectory.',
  'files-unreadable': 'Give the user of this process the right to read the file.',
  'certificate-expired': 'Put a certificate in place that is valid now.',
  'certificate-not-yet-valid': 'Check the clock of this machine.',
  'certificate-name':
    'Put a certificate in place whose subjectAltName holds the name of the policy host.',
  'certificate-unreadable': 'Put a PEM file in place: the certificate first, then its chain.',
  'key-unreadable': 'Put a PEM file in place with a private key and without a passphrase.',
  'key-mismatch': 'Put a key and a certificate in place that belong together.',
  'no-policy-host': 'The domain is too long for a policy host; it cannot have a policy.',
};

/** What the operator can do about a problem, in one sentence. */
export function remedyFor(code: CertificateProblemCode): string {
  return (
    REMEDIES[code] ??
    'See what the authority says, and try "sekisho publish certificates --renew DOMAIN".'
  );
}
