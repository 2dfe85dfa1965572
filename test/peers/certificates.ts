import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signCertificate } from './x509.ts';

/** What a leaf certificate says, and what is wrong with it. */
export interface LeafOptions {
  /** dNSNames, verbatim: `*.example.test` and `mta*.example.test` are taken as they are. None: no such extension. */
  readonly dnsNames?: readonly string[];
  /** Common Name; default `leaf`, so that it never names a host by accident. */
  readonly commonName?: string;
  /** Default: a day ago. */
  readonly notBefore?: Date;
  /** Default: 30 days ahead. */
  readonly notAfter?: Date;
  /** Who signs: the intermediate CA (default), the root, or the leaf itself. */
  readonly signedBy?: 'intermediate' | 'root' | 'self';
  /** Leaves the intermediate out of the chain that the server sends. */
  readonly withoutIntermediate?: boolean;
  /** Default `ec` (P-256); `rsa` (2048 bits) for cipher suites that need it. */
  readonly key?: 'ec' | 'rsa';
}

/** A certificate in memory and on disk. */
export interface IssuedCertificate {
  readonly certPem: string;
  readonly keyPem: string;
  /** What a server presents: the leaf, then the intermediate. */
  readonly chainPem: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly chainFile: string;
}

/** A private CA: a root that clients trust and an intermediate that signs. Its own keys are EC P-256. */
export interface CertificateAuthority {
  readonly rootPem: string;
  readonly rootFile: string;
  issue(options: LeafOptions): IssuedCertificate;
}

/** Is removed when the process ends. */
function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sekisho-ca-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

interface Signer {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const DAY_MS = 86_400_000;
const LEAF_DAYS = 30;
/** Outlives every clock that a test drives. */
const CA_DAYS = 3650;

/**
 * Makes a private CA whose files (`root.crt`, `leaf-N.crt`, `leaf-N.key`, `leaf-N.chain.crt`) go into a
 * directory, by default a new temporary one.
 *
 * @param name goes into the CA's subject, so that two of them differ.
 */
export function createCertificateAuthority(
  directory = temporaryDirectory(),
  name = 'Sekisho test',
): CertificateAuthority {
  mkdirSync(directory, { recursive: true });
  const root = createSigner(`${name} root`);
  const intermediate = createSigner(`${name} intermediate`);
  const rootPem = certify(root, root, { isCa: true });
  const intermediatePem = certify(intermediate, root, { isCa: true });
  const rootFile = write(directory, 'root.crt', rootPem);
  let count = 0;
  return {
    rootPem,
    rootFile,
    issue(options) {
      count += 1;
      const leaf = createSigner(options.commonName ?? 'leaf', options.key);
      const { signedBy = 'intermediate', withoutIntermediate = false } = options;
      const certPem = certify(leaf, { intermediate, root, self: leaf }[signedBy], options);
      const complete = signedBy === 'intermediate' && !withoutIntermediate;
      return writeLeaf(directory, `leaf-${count}`, {
        certPem,
        keyPem: leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        chainPem: complete ? certPem + intermediatePem : certPem,
      });
    },
  };
}

function createSigner(subject: string, key: 'ec' | 'rsa' = 'ec'): Signer {
  const pair =
    key === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { subject, ...pair };
}

function certify(
  subject: Signer,
  issuer: Signer,
  options: LeafOptions & { readonly isCa?: boolean },
): string {
  const { isCa = false } = options;
  const nowMs = Date.now();
  return signCertificate(
    {
      subject: subject.subject,
      issuer: issuer.subject,
      notBefore: options.notBefore ?? new Date(nowMs - DAY_MS),
      notAfter: options.notAfter ?? new Date(nowMs + (isCa ? CA_DAYS : LEAF_DAYS) * DAY_MS),
      publicKey: subject.publicKey,
      issuerPublicKey: issuer.publicKey,
      isCa,
      dnsNames: options.dnsNames ?? [],
    },
    issuer.privateKey,
  );
}

function writeLeaf(
  directory: string,
  file: string,
  pem: Pick<IssuedCertificate, 'certPem' | 'keyPem' | 'chainPem'>,
): IssuedCertificate {
  return {
    ...pem,
    certFile: write(directory, `${file}.crt`, pem.certPem),
    keyFile: write(directory, `${file}.key`, pem.keyPem),
    chainFile: write(directory, `${file}.chain.crt`, pem.chainPem),
  };
}

function write(directory: string, file: string, text: string): string {
  const path = join(directory, file);
  writeFileSync(path, text, { mode: file.endsWith('.key') ? 0o600 : 0o644 });
  return path;
}
