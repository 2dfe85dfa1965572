import { type Domain, POLICY_PATH } from '@sekisho/spec';
import type { ChallengeBook, ObserveFetch, PolicyBook } from './books.ts';
import { policyDomainOf, withoutPort } from './host-name.ts';
import type { Respond } from './http-connection.ts';
import type { RequestHead } from './request-head.ts';
import type { Response } from './response.ts';

/** Nothing but the policy is served, whatever else is asked for. */
const NOT_FOUND: Response = { status: 404 };

/**
 * Answers at one policy host, or behind a proxy at all of them.
 *
 * @param site whose certificate was shown; another name in `Host` is misdirected (RFC 9110 §15.5.20).
 */
export function createPolicyResponder(
  policies: PolicyBook,
  observeFetch: ObserveFetch,
  site?: Domain,
): Respond {
  return async (head, address) => {
    const name = withoutPort(head.host);
    if (name === undefined) return { status: 400 };
    const domain = policyDomainOf(name);
    if (domain === undefined || (site !== undefined && domain !== site)) return { status: 421 };
    const refusal = refuse(head, POLICY_PATH);
    if (refusal !== undefined) return refusal;
    const policy = await policies.find(domain);
    if (policy === undefined) return NOT_FOUND;
    if (head.method === 'GET')
      observeFetch({ domain, id: policy.id, address, userAgent: head.userAgent });
    return { status: 200, body: policy.body };
  };
}

/** The path is the whole target: the standard's has no query (RFC 8461 §3.2). */
function refuse({ method, path, hasBody }: RequestHead, wanted: string): Response | undefined {
  if (path !== wanted) return NOT_FOUND;
  if (method !== 'GET' && method !== 'HEAD') return { status: 405 };
  return hasBody ? { status: 400 } : undefined;
}

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
