/** Certificates of policy hosts: ordered, renewed, loaded from files, and watched until their end. */
export { accountName } from './account-holder.ts';
export {
  type AuthoritySettings,
  CertificateManager,
  type CertificateManagerOptions,
  type RenewalOutcome,
} from './certificate-manager.ts';
export type { ChallengeResponder } from './challenge-responder.ts';
export type { CertificateObservation, ObserveCertificate } from './observation.ts';
export { createPointsHere, type Pointing, type PointsHere } from './points-here.ts';
