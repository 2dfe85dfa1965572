import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { Domain } from '@sekisho/spec';
import { IoError } from '../error.ts';
import type { DkimSigner } from './dkim-signer.ts';

/** RFC 8301 §3.2: verifiers must not accept shorter ones. */
const SHORTEST_RSA_BITS = 1024;
const SELECTOR = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

export interface DkimSignerOptions {
  /** The domain of the author's address, so that the signature is aligned. */
  readonly domain: Domain;
  /** One or more labels. */
  readonly selector: string;
  /** RSA of 1024 bits or more, or Ed25519; PEM. */
  readonly privateKeyPem: string;
  /** Fields to sign where they are present; with `From` among them (RFC 6376 §5.4). */
  readonly signedFields: readonly string[];
}

/**
 * Makes a signer with relaxed canonicalization for fields and body, and never with `l=`, which would let others append
 * to a report (RFC 8460 §3).
 *
 * @throws TypeError when the key or the selector cannot be used; its message holds nothing of the key.
 */
export function createDkimSigner(options: DkimSignerOptions): DkimSigner {
  const { domain, selector, privateKeyPem, signedFields } = options;
  const labels = selector.split('.');
  if (!labels.every((label) => SELECTOR.test(label)))
    throw new TypeError('Cannot use the DKIM selector: must be labels of letters, digits and "-"');
  const key = readKey(privateKeyPem);
  const identity = { signingDomain: domain, selector, privateKey: privateKeyPem };
  return {
    domain,
    recordName: `${selector}._domainkey.${domain}`,
    recordText: formatKeyRecord(key),
    async sign(message, signedAt) {
      // Loaded at the first signature: the library is large, and most processes never sign.
      const { dkimSign } = await import('mailauth/lib/dkim/sign.js');
      const { signatures, errors } = await dkimSign(message, {
        ...identity,
        // What is signed with; the type above asks for the same without use.
        signatureData: [{ ...identity }],
        canonicalization: 'relaxed/relaxed',
        headerList: [...signedFields],
        signTime: signedAt,
        strict: true,
      });
      if (signatures === '' || errors.length > 0) throw toSigningError(errors[0]?.err);
      return Buffer.concat([Buffer.from(signatures, 'latin1'), message]);
    },
  };
}

function toSigningError(cause: unknown): IoError {
  return new IoError('dkim-signing-failed', 'Cannot sign the message with DKIM', {
    temporary: false,
    cause,
  });
}

function readKey(pem: string): KeyObject {
  const key = parseKey(pem);
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  const isFit =
    key.asymmetricKeyType === 'ed25519' ||
    (key.asymmetricKeyType === 'rsa' && bits >= SHORTEST_RSA_BITS);
  if (!isFit)
    throw new TypeError(
      `Cannot use the DKIM key: must be Ed25519, or RSA of ${SHORTEST_RSA_BITS} bits or more (RFC 8301 §3.2)`,
    );
  return key;
}

function parseKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new TypeError('Cannot use the DKIM key: must be a private key in PEM', { cause });
  }
}

function formatKeyRecord(privateKey: KeyObject): string {
  const key = createPublicKey(privateKey);
  // RFC 8463 §4: an Ed25519 key is published bare, without the frame that the other type has around it.
  const isBare = key.asymmetricKeyType === 'ed25519';
  const der = key.export({ type: 'spki', format: 'der' });
  const data = (isBare ? der.subarray(-32) : der).toString('base64');
  return `v=DKIM1; k=${isBare ? 'ed25519' : 'rsa'}; s=tlsrpt; p=${data}`;
}
