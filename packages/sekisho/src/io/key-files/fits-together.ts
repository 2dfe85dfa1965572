import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { PemPair } from './key-files.ts';
import { releaseSecureContext } from './release-secure-context.ts';

/**
 * Whether a key is the one that the first certificate of a chain is for; false also for what is neither. A context of
 * OpenSSL says yes and leaves nothing behind; objects of `node:crypto` stay until a collection, ten KB for each host of
 * a policy host, in the midst of what it keeps. Not every pair makes a context, so the objects have the last word.
 */
export function fitsTogether(pair: PemPair): boolean {
  return makesContext(pair) || isKeyOf(pair);
}

function makesContext({ keyPem, chainPem }: PemPair): boolean {
  if (keyPem === '' || chainPem === '') return false;
  try {
    releaseSecureContext(createSecureContext({ ca: [], key: keyPem, cert: chainPem }));
    return true;
  } catch {
    return false;
  }
}

function isKeyOf({ keyPem, chainPem }: PemPair): boolean {
  try {
    return new X509Certificate(chainPem).checkPrivateKey(createPrivateKey(keyPem));
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}
