import type { SecureContext } from 'node:tls';
import type { PemPair } from '../../io/key-files/index.ts';
import type { ChallengeBook } from './books.ts';
import { makeCertificateContext } from './secure-context.ts';

/** Challenges in memory, put there by whoever orders certificates and taken away when they are answered. */
export interface OpenChallengeBook extends ChallengeBook {
  addHttp(hostName: string, token: string, keyAuthorization: string): void;
  removeHttp(hostName: string, token: string): void;
  addAlpn(hostName: string, pair: PemPair): void;
  removeAlpn(hostName: string): void;
}

/** An order that is never ended cannot fill the memory: then the oldest challenge goes. */
const MOST_CHALLENGES = 1000;

export function createChallengeBook(): OpenChallengeBook {
  const answers = new Map<string, string>();
  const contexts = new Map<string, SecureContext>();
  const keyOf = (hostName: string, token: string): string => `${hostName.toLowerCase()}/${token}`;
  return {
    findHttp: (hostName, token) => answers.get(keyOf(hostName, token)),
    findAlpn: (hostName) => contexts.get(hostName.toLowerCase()),
    addHttp: (hostName, token, answer) => put(answers, keyOf(hostName, token), answer),
    removeHttp: (hostName, token) => void answers.delete(keyOf(hostName, token)),
    addAlpn: (hostName, pair) =>
      put(contexts, hostName.toLowerCase(), makeCertificateContext(pair)),
    removeAlpn: (hostName) => void contexts.delete(hostName.toLowerCase()),
  };
}

function put<Value>(challenges: Map<string, Value>, key: string, value: Value): void {
  challenges.delete(key);
  challenges.set(key, value);
  if (challenges.size <= MOST_CHALLENGES) return;
  for (const oldest of challenges.keys()) {
    challenges.delete(oldest);
    return;
  }
}
