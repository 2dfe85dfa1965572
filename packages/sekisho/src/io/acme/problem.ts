import { escapeText } from '../log/index.ts';
import type { AcmeFailureCode } from './acme-client.ts';
import { isObject } from './json.ts';

const LONGEST_DETAIL = 500;
const MOST_SUBPROBLEMS = 5;
const PREFIX = 'urn:ietf:params:acme:error:';

/** A problem document of the authority (RFC 7807, RFC 8555 §6.7). */
export interface AcmeProblem {
  /** Such as `badNonce`; of another vocabulary the whole URI, escaped; empty without one. */
  readonly type: string;
  /** One line, escaped and cut. */
  readonly text: string;
}

const CODES: Readonly<Record<string, AcmeFailureCode>> = {
  accountDoesNotExist: 'account-unknown',
  alreadyReplaced: 'already-replaced',
  caa: 'name-refused',
  connection: 'validation-failed',
  dns: 'validation-failed',
  externalAccountRequired: 'external-account',
  incorrectResponse: 'validation-failed',
  orderNotReady: 'order-not-ready',
  rateLimited: 'rate-limited',
  rejectedIdentifier: 'name-refused',
  serverInternal: 'server',
  tls: 'validation-failed',
  unsupportedIdentifier: 'name-refused',
  userActionRequired: 'terms-not-accepted',
};

/** Reads a problem document; whatever it holds, the text is fit for one line. */
export function readProblem(value: unknown): AcmeProblem {
  const problem = isObject(value) ? value : {};
  const type = textOf(problem['type']).replace(PREFIX, '');
  const parts = Array.isArray(problem['subproblems']) ? problem['subproblems'] : [];
  const details = [problem, ...parts.slice(0, MOST_SUBPROBLEMS).filter(isObject)]
    .map(({ detail }) => textOf(detail))
    .filter((detail) => detail !== '');
  const words = details.join('; ');
  return {
    type,
    text: [type, words].filter((part) => part !== '').join(': ') || 'no reason given',
  };
}

/** The closed code of a problem; the status speaks where the type is unknown. */
export function codeOfProblem({ type }: AcmeProblem, status: number): AcmeFailureCode {
  const known = Object.hasOwn(CODES, type) ? CODES[type] : undefined;
  if (known !== undefined) return known;
  if (status === 429) return 'rate-limited';
  if (status === 404) return 'not-found';
  return status >= 500 ? 'server' : 'refused';
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') return '';
  const text = escapeText(value.slice(0, LONGEST_DETAIL));
  return value.length > LONGEST_DETAIL ? `${text}...` : text;
}
