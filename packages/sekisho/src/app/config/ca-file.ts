import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/gu;

/** What is wrong with a file of certificate authorities, or undefined. */
export function findCaFileProblem(path: string): string | undefined {
  try {
    const certificates = readFileSync(path, 'latin1').match(CERTIFICATE) ?? [];
    if (certificates.length === 0) return 'the file holds no PEM certificate';
    for (const certificate of certificates) void new X509Certificate(certificate);
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code?.startsWith('ERR_OSSL') === true
      ? `the file holds a certificate that cannot be read (${message})`
      : `the file cannot be read: ${message}`;
  }
}
