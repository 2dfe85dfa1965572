/** Certificates of policy hosts: ordered, renewed, loaded from files, and watched until their end. */
export { accountName } from './account-holder.ts';
export {
  type AuthoritySettings,
  type CertificateKeeper,
  type CertificateKeeperOptions,
  createCertificateKeeper,
  type RenewalOutcome,
} from './certificate-keeper.ts';
export type { ChallengeDesk } from './challenge-desk.ts';
export type { CertificateObservation, ObserveCertificate } from './observation.ts';
export { createPointsHere, type Pointing, type PointsHere } from './points-here.ts';
