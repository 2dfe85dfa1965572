import type { CountedSessions } from '../store/index.ts';

/** Sessions that are still to be given the day of their arrival. */
export type ArrivedSessions = Omit<CountedSessions, 'day'>;

/** Why a datagram cannot be used at all. */
export type DatagramFault =
  | 'too-long' // more than is read of one
  | 'json-invalid'
  | 'not-object'
  | 'domain-missing'
  | 'domain-invalid' // of another type, or no domain name in A-labels
  | 'policies-missing' // there are none, or not as a list
  | 'policies-unusable'; // not one of them can be used

/** What was unusual in a datagram that was used all the same. */
export type DatagramNote =
  | 'version-unknown' // read as version 1
  | 'text-not-utf8' // octets that are not UTF-8 are replaced
  | 'record-unusable' // missing, of another type or too long: it is looked up instead
  | 'policy-unusable' // one of several is left out: type or result are not known
  | 'policy-domain-invalid' // the recipient domain is taken instead
  | 'list-unusable' // not a list of texts: what is text counts
  | 'too-many' // policies, lines or failures beyond the limits are left out
  | 'text-cut'
  | 'failure-unusable' // left out, since it has no code
  | 'failure-code-unknown' // becomes validation-failure
  | 'detail-unusable'; // a detail of a wrong type or form is left out

/** What a datagram says. */
export type ReadDatagram =
  | {
      readonly ok: true;
      /** One for each policy. */
      readonly sessions: readonly ArrivedSessions[];
      /** Each code once. */
      readonly notes: readonly DatagramNote[];
    }
  | { readonly ok: false; readonly code: DatagramFault };

/** How much of a datagram is kept; lengths in UTF-16 units. */
export const DATAGRAM_LIMITS = {
  record: 8192,
  policies: 8,
  failures: 16,
  /** Lines of a policy, or TLSA records. */
  lines: 512,
  /** A whole certificate in a TLSA record has some thousand digits. */
  line: 8192,
  /** All lines together; a policy has 64 KiB at most. */
  text: 65_536,
  patterns: 256,
  host: 255,
  /** A URI. */
  information: 1024,
  reason: 128,
} as const;
