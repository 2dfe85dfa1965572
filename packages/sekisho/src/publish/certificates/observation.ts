import type { Domain } from '@sekisho/spec';

/** What metrics are made of. */
export type CertificateObservation =
  | { readonly kind: 'obtained'; readonly domain: Domain }
  | { readonly kind: 'failed'; readonly domain: Domain; readonly code: string }
  /** Every ten minutes. */
  | {
      readonly kind: 'expiry';
      /** Domains with a certificate, and without one. */
      readonly certificates: number;
      readonly missing: number;
      /** Certificates whose time is over. */
      readonly ended: number;
      /** Certificates that end within 14 days and should have been renewed. */
      readonly ending: number;
      /** The end that comes first; Infinity without certificates. */
      readonly soonestMs: number;
    };

/** Must not throw. */
export type ObserveCertificate = (observation: CertificateObservation) => void;
