import { createHash, createHmac, createPublicKey, type KeyObject, sign } from 'node:crypto';

/** A signed request as ACME sends it (RFC 8555 §6.2): the flattened form of RFC 7515. */
export interface FlattenedJws {
  readonly protected: string;
  readonly payload: string;
  readonly signature: string;
}

/** The public part of a P-256 key (RFC 7517, RFC 7518 §6.2). */
export interface EcJwk {
  readonly crv: string;
  readonly kty: string;
  readonly x: string;
  readonly y: string;
}

/** Who signs a request: an account by its URL, or, before there is one, a key by itself (RFC 8555 §6.2). */
export type Signer = { readonly kid: string } | { readonly jwk: EcJwk };

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/**
 * The public part of a key.
 *
 * @throws TypeError for another kind of key than EC P-256.
 */
export function publicJwk(key: KeyObject): EcJwk {
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw new TypeError('Cannot sign with this key: must be EC P-256');
  const { crv = '', kty = '', x = '', y = '' } = createPublicKey(key).export({ format: 'jwk' });
  return { crv, kty, x, y };
}

/** The hash by which ACME knows a key (RFC 7638, RFC 8555 §8.1). Members stand in order of name. */
export function thumbprint({ crv, kty, x, y }: EcJwk): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}

/** Signs with ES256. A payload of undefined is the empty one of POST-as-GET (RFC 8555 §6.3). */
export function signRequest(
  key: KeyObject,
  header: Signer & { readonly nonce: string; readonly url: string },
  payload: unknown,
): FlattenedJws {
  const head = encode({ alg: 'ES256', ...header });
  const body = payload === undefined ? '' : encode(payload);
  const signature = sign('sha256', Buffer.from(`${head}.${body}`), {
    key,
    dsaEncoding: 'ieee-p1363',
  });
  return { protected: head, payload: body, signature: signature.toString('base64url') };
}

/** Proves to the authority which of its customers the new account belongs to (RFC 8555 §7.3.4); HS256. */
export function bindExternalAccount(
  binding: { readonly keyId: string; readonly macKey: Buffer },
  url: string,
  account: EcJwk,
): FlattenedJws {
  const head = encode({ alg: 'HS256', kid: binding.keyId, url });
  const body = encode(account);
  const signature = createHmac('sha256', binding.macKey).update(`${head}.${body}`);
  return { protected: head, payload: body, signature: signature.digest('base64url') };
}
