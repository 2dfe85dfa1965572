import type { ChallengeBook } from './books.ts';
import { withoutPort } from './host-name.ts';
import type { Respond } from './http-connection.ts';
import { NOT_FOUND } from './respond-policy.ts';

/** RFC 8555 §8.3: a token is base64url. */
const CHALLENGE_PATH = /^\/\.well-known\/acme-challenge\/([\w-]{1,512})$/;

/** Answers http-01 challenges and nothing else, on a port that speaks to everybody in clear. */
export function createChallengeResponder(challenges: ChallengeBook): Respond {
  return ({ method, path, host, hasBody }) => {
    const token = CHALLENGE_PATH.exec(path)?.[1];
    const name = withoutPort(host)?.replace(/\.$/, '');
    const answer = token && name && challenges.findHttp(name, token);
    if (!answer) return NOT_FOUND;
    if (method !== 'GET' && method !== 'HEAD') return { status: 405 };
    return hasBody ? { status: 400 } : { status: 200, body: Buffer.from(answer, 'latin1') };
  };
}
