import { escapeText } from '../log/index.ts';
import type { AcmeAuthorization, AcmeChallenge, AcmeOrder, RenewalInfo } from './acme-client.ts';
import { AcmeFault, isObject, readMembers, readProblem } from './problem.ts';

const ORDER_STATUS = ['pending', 'ready', 'processing', 'valid', 'invalid'] as const;
const AUTHORIZATION_STATUS = [
  'pending',
  'valid',
  'invalid',
  'deactivated',
  'expired',
  'revoked',
] as const;
const CHALLENGE_STATUS = ['pending', 'processing', 'valid', 'invalid'] as const;
/** Base64url, as RFC 8555 §8.3 wants it: becomes a path and a line of text. */
const TOKEN = /^[\w-]{1,200}$/;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const RENEWAL_INFO_EVERY_MS = 21_600_000;

/** What a body was read from. */
export interface Received {
  readonly json: unknown;
  readonly retryAfterMs?: number | undefined;
}

/** RFC 8555 §7.1.3. @throws AcmeFault `malformed`. */
export function readOrder(url: string, { json, retryAfterMs }: Received): AcmeOrder {
  const order = readMembers(json, 'the order');
  const status = order.oneOf('status', ORDER_STATUS);
  const error = order.optional('error');
  return {
    url,
    status,
    hostNames: order.list('identifiers').map(readIdentifier),
    authorizationUrls: order.urls('authorizations'),
    finalizeUrl: order.url('finalize'),
    ...(status === 'valid' && { certificateUrl: order.url('certificate') }),
    ...(error !== undefined && { error: readProblem(error).text }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

/** RFC 8555 §7.1.4. @throws AcmeFault `malformed`. */
export function readAuthorization({ json, retryAfterMs }: Received): AcmeAuthorization {
  const authorization = readMembers(json, 'the authorization');
  const challenges = authorization.list('challenges').filter(isObject);
  const failed = challenges.find(({ error }) => error !== undefined);
  return {
    hostName: readIdentifier(authorization.optional('identifier')),
    status: authorization.oneOf('status', AUTHORIZATION_STATUS),
    challenges: challenges.flatMap(readChallenge),
    ...(failed !== undefined && { error: readProblem(failed['error']).text }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

function readIdentifier(json: unknown): string {
  const identifier = readMembers(json, 'the identifier');
  identifier.oneOf('type', ['dns']);
  return identifier.text('value').toLowerCase();
}

/** None for a kind that we do not know; the others are for others. */
function readChallenge(json: unknown): AcmeChallenge[] {
  const challenge = readMembers(json, 'the challenge');
  const kind = challenge.text('type');
  if (kind !== 'http-01' && kind !== 'tls-alpn-01') return [];
  const token = challenge.text('token');
  if (!TOKEN.test(token))
    throw new AcmeFault('malformed', '"token" of the challenge must be base64url');
  return [
    { kind, token, url: challenge.url('url'), status: challenge.oneOf('status', CHALLENGE_STATUS) },
  ];
}

/** RFC 9773 §4.2; the time to ask again is kept between a minute and a day (§4.3.2). @throws AcmeFault `malformed`. */
export function readRenewalInfo({ json, retryAfterMs }: Received): RenewalInfo {
  const info = readMembers(json, 'the renewal information');
  const window = readMembers(info.optional('suggestedWindow'), 'the suggested window');
  const [startMs, endMs] = [window.instantMs('start'), window.instantMs('end')];
  if (endMs <= startMs)
    throw new AcmeFault('malformed', 'the suggested window ends before it begins');
  const page = info.optional('explanationURL');
  return {
    startMs,
    endMs,
    ...(typeof page === 'string' && { explanationUrl: escapeText(page.slice(0, 500)) }),
    retryAfterMs: Math.min(Math.max(retryAfterMs ?? RENEWAL_INFO_EVERY_MS, MINUTE_MS), DAY_MS),
  };
}

/** The directory (RFC 8555 §7.1.1). */
export interface AcmeDirectory {
  readonly newNonce: string;
  readonly newAccount: string;
  readonly newOrder: string;
  /** RFC 9773 §3. */
  readonly renewalInfo?: string;
  /** What one agrees to by taking an account; escaped. */
  readonly termsOfService?: string;
  readonly externalAccountRequired: boolean;
}

/** @throws AcmeFault `malformed`. */
export function readDirectory(json: unknown): AcmeDirectory {
  const directory = readMembers(json, 'the directory');
  const meta = directory.optional('meta');
  const terms = isObject(meta) ? meta['termsOfService'] : undefined;
  return {
    newNonce: directory.url('newNonce'),
    newAccount: directory.url('newAccount'),
    newOrder: directory.url('newOrder'),
    ...(directory.optional('renewalInfo') !== undefined && {
      renewalInfo: directory.url('renewalInfo'),
    }),
    ...(typeof terms === 'string' && { termsOfService: escapeText(terms.slice(0, 500)) }),
    externalAccountRequired: isObject(meta) && meta['externalAccountRequired'] === true,
  };
}
