/** What is worth waking somebody. */
export type AlertCode = 'mx-unmatched' | 'probe-failed' | 'certificate-of-mx-ends-soon';

/** Something wrong with one MX host of one domain. */
export interface Alert {
  readonly code: AlertCode;
  /** Escaped. */
  readonly mxHost: string;
  /** Mail is not delivered because of it, or will not be. */
  readonly severe: boolean;
  /** One sentence, escaped; begins with the host. Does not change while the state does not. */
  readonly message: string;
  readonly remedy: string;
}

/** How the message of every event about a host begins; by it the event is found again. */
export function aboutHost(mxHost: string): string {
  return `MX ${mxHost}: `;
}
