/** Signs mail as one domain (RFC 6376). */
export interface DkimSigner {
  /** The signing domain, `d=`. */
  readonly domain: string;
  /** The name of the TXT record that publishes the key. */
  readonly recordName: string;
  /** The text of that record, with the service type `tlsrpt` (RFC 8460 §3). */
  readonly recordText: string;
  /**
   * The message with a signature in front of it.
   *
   * @param signedAt the time in the signature.
   * @throws IoError `dkim-signing-failed`.
   */
  sign(message: Buffer, signedAt: Date): Promise<Buffer>;
}
