/** The algorithms that RFC 8945 §6 allows and that are not to be given up, by the name of Node's digest. */
const DIGESTS = {
  'hmac-sha224': 'sha224',
  'hmac-sha256': 'sha256',
  'hmac-sha384': 'sha384',
  'hmac-sha512': 'sha512',
} as const;

export type TsigAlgorithm = keyof typeof DIGESTS;

/** A secret shared with a DNS server (RFC 8945). */
export interface TsigKey {
  /** As at the server; a domain name in form. */
  readonly name: string;
  readonly algorithm: TsigAlgorithm;
  readonly secret: Buffer;
}

export const TSIG_ALGORITHMS: readonly TsigAlgorithm[] = [
  'hmac-sha256',
  'hmac-sha224',
  'hmac-sha384',
  'hmac-sha512',
];

export function isTsigAlgorithm(text: string): text is TsigAlgorithm {
  return Object.hasOwn(DIGESTS, text);
}

/** The digest as `node:crypto` names it. */
export function digestOf(algorithm: TsigAlgorithm): string {
  return DIGESTS[algorithm];
}
