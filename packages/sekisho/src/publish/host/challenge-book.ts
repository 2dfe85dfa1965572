import type { SecureContext } from 'node:tls';
import { type PemPair, releaseSecureContext } from '../../io/key-files/index.ts';
import type { ChallengeBook } from './books.ts';
import { createRecent } from './recent.ts';
import { createCertificateContext } from './tls-contexts.ts';

/** Challenges in memory, put there by whoever orders certificates and taken away when they are answered. */
export interface OpenChallengeBook extends ChallengeBook {
  addHttp(hostName: string, token: string, keyAuthorization: string): void;
  removeHttp(hostName: string, token: string): void;
  /** @throws {Error} when key and certificate are not a pair. */
  addAlpn(hostName: string, pair: PemPair): void;
  removeAlpn(hostName: string): void;
}

/** An order that is never ended cannot fill the memory: then the oldest challenge goes. */
const MOST_CHALLENGES = 1000;

export function createChallengeBook(): OpenChallengeBook {
  const answers = createRecent<string, string>(MOST_CHALLENGES);
  const certificates = createRecent<string, SecureContext>(MOST_CHALLENGES, releaseSecureContext);
  const keyOf = (hostName: string, token: string): string => `${hostName.toLowerCase()}/${token}`;
  return {
    findHttp: (hostName, token) => answers.get(keyOf(hostName, token)),
    findAlpn: (hostName) => certificates.get(hostName.toLowerCase()),
    addHttp: (hostName, token, answer) => answers.set(keyOf(hostName, token), answer),
    removeHttp: (hostName, token) => answers.delete(keyOf(hostName, token)),
    addAlpn: (hostName, pair) =>
      certificates.set(hostName.toLowerCase(), createCertificateContext(pair)),
    removeAlpn: (hostName) => certificates.delete(hostName.toLowerCase()),
  };
}
