import { type MxPattern, policyLines, type StsPolicy } from '@sekisho/spec';
import type { PolicyAnswer } from '../discover/index.ts';
import type { AnswerForm } from './answer-form.ts';

/** Postfix refuses replies over 100,000 bytes (`socketmap_max_reply_size`); some room is left. */
const LONGEST_LINE = 95_000;

/**
 * TLS 1.2 or newer (RFC 8461 §7.2). Postfix alone would take TLS 1.0 from a server with a good certificate.
 * Written as what is excluded, which every version reads; `>=TLSv1.2` needs Postfix 3.6.
 */
const PROTOCOLS = 'protocols=!SSLv2:!SSLv3:!TLSv1:!TLSv1.1';

/** An answer that carries a policy. */
export type PolicyInForce = Extract<PolicyAnswer, { kind: 'policy' }>;

/**
 * The entry of a Postfix TLS policy table that applies an `enforce` policy (RFC 8461 §4, §5), such as
 * `secure match=mx.example.com:.example.net servername=hostname protocols=!SSLv2:!SSLv3:!TLSv1:!TLSv1.1`.
 */
export function formatSecurePolicy(answer: PolicyInForce, form: AnswerForm): string {
  const { policy } = answer;
  const match = [...new Set(policy.mx.map(toMatchName))].join(':');
  // An empty list would make Postfix refuse the entry and defer; the parser never lets one through.
  if (match === '') throw new TypeError('Cannot apply an enforce policy without MX patterns');
  const servername = form === 'bare' ? '' : ' servername=hostname';
  return withStsAttributes(`secure match=${match}${servername} ${PROTOCOLS}`, answer, form);
}

/**
 * The entry that makes a `testing` policy visible to TLSRPT without demanding anything: the operator's own level
 * with the policy beside it (RFC 8461 §5).
 */
export function formatTestingPolicy(answer: PolicyInForce, defaultLevel: string): string {
  return withStsAttributes(`${defaultLevel} servername=hostname`, answer, 'sts-attributes');
}

/** Adds the attributes of Postfix 3.10: first the whole text, or without it if the line grows too long. */
function withStsAttributes(entry: string, answer: PolicyInForce, form: AnswerForm): string {
  if (form !== 'sts-attributes') return entry;
  const short = `${entry} policy_type=sts policy_domain=${answer.policyDomain}${mxAttributes(answer.policy)}`;
  const whole = `${short}${textAttributes(answer.body)}`;
  return [whole, short].find((line) => line.length <= LONGEST_LINE) ?? entry;
}

const mxAttributes = ({ mx }: StsPolicy): string =>
  [...new Set(mx)].map((pattern) => ` mx_host_pattern=${pattern}`).join('');

/** One `policy_string` a line, as RFC 8460 §4.5 reports them. */
const textAttributes = (body: string): string =>
  policyLines(body)
    .map(reduceLine)
    .filter((line) => line !== '')
    .map((line) => ` { policy_string = ${line} }`)
    .join('');

/** Remote text on its way into a Postfix line: printable ASCII without braces, white space folded. */
const reduceLine = (line: string): string =>
  line
    .replace(/[^\x20-\x7e]|[{}]/g, '?')
    .replace(/ +/g, ' ')
    .trim();

/** Words of a `match` list that are no names: they would let a policy mean any host. */
const MATCH_KEYWORDS: ReadonlySet<string> = new Set(['hostname', 'nexthop', 'dot-nexthop']);

/**
 * In a Postfix `match` list, `.example.com` stands for what RFC 8461 §4.1 writes `*.example.com`. A host whose only
 * label is a keyword cannot be named; what stands for it matches nothing (RFC 6761 §6.4).
 */
const toMatchName = (pattern: MxPattern): string => {
  if (MATCH_KEYWORDS.has(pattern)) return `${pattern}.invalid`;
  return pattern.startsWith('*.') ? pattern.slice(1) : pattern;
};
