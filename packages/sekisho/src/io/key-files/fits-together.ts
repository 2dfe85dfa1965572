import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { PemPair } from './key-files.ts';

/** Whether a key is the one that the first certificate of a chain is for; false also for what is neither. */
export function fitsTogether({ keyPem, chainPem }: PemPair): boolean {
  try {
    return new X509Certificate(chainPem).checkPrivateKey(createPrivateKey(keyPem));
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}
