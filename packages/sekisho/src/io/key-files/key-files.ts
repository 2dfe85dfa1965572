/** A key and the certificates that belong to it, PEM. */
export interface PemPair {
  readonly keyPem: string;
  /** The leaf first, then what leads to its root. */
  readonly chainPem: string;
}

/**
 * Keys and certificates in the state directory. Each write is whole or not at all, whatever is killed meanwhile; only
 * the owner may read.
 *
 * @throws {IoError} `files-unwritable` or `files-unreadable`.
 */
export interface KeyFiles {
  /** The certificate under a name, and its key; undefined where there is none, or no pair that fits together. */
  loadPair(name: string): Promise<PemPair | undefined>;
  /** Takes the place of the pair that was there. */
  savePair(name: string, pair: PemPair): Promise<void>;
  /** The key of a certificate that has been ordered and is not there yet. */
  loadPendingKey(name: string): Promise<string | undefined>;
  savePendingKey(name: string, keyPem: string): Promise<void>;
  removePendingKey(name: string): Promise<void>;
  /** Certificate, key and pending key of a name. */
  remove(name: string): Promise<void>;
  /** @param name of the account's file; letters, digits, `.` and `-`. */
  loadAccountKey(name: string): Promise<string | undefined>;
  saveAccountKey(name: string, keyPem: string): Promise<void>;
}
