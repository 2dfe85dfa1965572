/** What became of one signature. */
export type DkimResult =
  | 'pass'
  /** The message is not what was signed. */
  | 'fail'
  /** The DNS did not say what the key is: another try may tell. */
  | 'temporary'
  /** It cannot be judged or must not count: no key, a malformed one, expired, an unsafe algorithm, a key on trial. */
  | 'neutral';

/** A DKIM signature of a message (RFC 6376 §3.5). */
export interface DkimSignature {
  /** `d=`, lower case; text of others until it is parsed as a domain. */
  readonly domain: string;
  readonly selector: string;
  readonly result: DkimResult;
  /** `s=` of the key, lower case, colons between several; `*` where it has none, undefined where no key was seen. */
  readonly keyService: string | undefined;
  /** Has `l=`, so that text may have been added behind what is signed (RFC 6376 §8.2). */
  readonly hasLengthTag: boolean;
  /** Header fields under the signature that exist in the message, lower case. */
  readonly signedHeaders: readonly string[];
  /** Why it did not pass, escaped; empty where it did. */
  readonly comment: string;
}

/**
 * Verifies the signatures of a message, the five lowest if there are more. An empty list for a message without any.
 *
 * @throws IoError `dkim-unreadable`, not temporary, for a message that cannot be read at all.
 */
export type VerifyDkim = (message: Uint8Array) => Promise<readonly DkimSignature[]>;
