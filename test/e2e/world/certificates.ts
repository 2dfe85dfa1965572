import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCertificateAuthority } from '../../peers/certificates.ts';

const DAY_MS = 86_400_000;

/** What a certificate says and what its server sends; the defaults make a good one. */
export interface Leaf {
  /** dNSName entries; none makes a certificate that only has a Common Name. */
  readonly dnsNames: readonly string[];
  readonly commonName?: string;
  /** Days from now. */
  readonly fromDay?: number;
  /** Days from now. */
  readonly toDay?: number;
  /** Default `trusted`: root, intermediate, leaf. */
  readonly issuer?: 'trusted' | 'unknown' | 'self';
  /** Default true; false leaves the intermediate out of what the server sends. */
  readonly withIntermediate?: boolean;
  readonly key?: 'ec' | 'rsa';
}

/** The public-key infrastructure of the closed world. */
export interface Certificates {
  /** The only root that the sender trusts. */
  readonly rootFile: string;
  /** Writes key and chain into one PEM file, as Postfix and nginx read them. */
  issue(file: string, leaf: Leaf): void;
}

/** Makes the authority that the sender trusts and one that it does not know. */
export function createCertificates(folder: string): Certificates {
  mkdirSync(folder, { recursive: true });
  const trusted = createCertificateAuthority(join(folder, 'trusted'), 'Trusted');
  const unknown = createCertificateAuthority(join(folder, 'unknown'), 'Unknown');
  return {
    rootFile: trusted.rootFile,
    issue(file, leaf) {
      const authority = leaf.issuer === 'unknown' ? unknown : trusted;
      const issued = authority.issue({
        dnsNames: leaf.dnsNames,
        ...(leaf.commonName === undefined ? {} : { commonName: leaf.commonName }),
        ...(leaf.fromDay === undefined ? {} : { notBefore: inDays(leaf.fromDay) }),
        ...(leaf.toDay === undefined ? {} : { notAfter: inDays(leaf.toDay) }),
        signedBy: leaf.issuer === 'self' ? 'self' : 'intermediate',
        ...(leaf.key === undefined ? {} : { key: leaf.key }),
        withoutIntermediate: leaf.withIntermediate === false,
      });
      writeFileSync(file, issued.keyPem + issued.chainPem);
    },
  };
}

function inDays(days: number): Date {
  return new Date(Date.now() + days * DAY_MS);
}
