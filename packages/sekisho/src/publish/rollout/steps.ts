import { formatStsRecord, policyUrl, stsRecordName } from '@sekisho/spec';
import { type AuthorityLookup, judgeLookup } from '../../io/authorities/index.ts';
import type { FetchFailureCode, PolicyFetch } from '../../io/https/index.ts';
import { escapeText } from '../../io/log/index.ts';
import type { Change, PolicyVersion, Problem } from '../store/index.ts';
import { isSilenceOver } from './retry-schedule.ts';
import { recordEvent, type RolloutContext } from './rollout-context.ts';
import { announcedId, isStsRecordText, type Replacement, replaceRecord } from './sts-record.ts';

/** A problem before its time is put to it. */
export type StepProblem = Omit<Problem, 'atMs'>;

/** How one attempt at a step ended. */
export type StepOutcome =
  | { readonly kind: 'moved'; readonly move: 'served' | 'verified' | 'announced' | 'confirmed' }
  | { readonly kind: 'failed'; readonly problem: StepProblem }
  /** Nothing is wrong; it is not time yet. */
  | { readonly kind: 'waits'; readonly problem: StepProblem; readonly untilMs: number };

/** Tries the step at which a change stands. */
export async function attemptStep(
  context: RolloutContext,
  change: Change,
  version: PolicyVersion,
): Promise<StepOutcome> {
  switch (change.step) {
    case 'serve':
      return { kind: 'moved', move: 'served' };
    case 'verify':
      return verifyServed(context, change, version);
    case 'announce':
      return announceId(context, version);
    case 'confirm':
      return confirmId(context, change, version);
  }
}

/** Step `verify`: fetches the policy as a sender does; the certificate must be valid and the text the new one. */
async function verifyServed(
  { clock, policyClient, settleMs, signal }: RolloutContext,
  change: Change,
  version: PolicyVersion,
): Promise<StepOutcome> {
  const settledAtMs = change.stepSinceMs + settleMs;
  if (clock.now() < settledAtMs) {
    const code = 'settling';
    const message =
      'Caches before the policy host may still give out the former text (RFC 8461 §8.2).';
    return { kind: 'waits', problem: { code, message, remedy: 'Wait.' }, untilMs: settledAtMs };
  }
  return judge(version, await policyClient.fetchPolicyBody(version.domain, { signal }));
}

function judge({ domain, body, number }: PolicyVersion, fetched: PolicyFetch): StepOutcome {
  if (fetched.kind === 'failure') {
    const code = `fetch-${fetched.code}`;
    const remedy = remedyFor(fetched.code, domain);
    return { kind: 'failed', problem: { code, message: fetched.message, remedy } };
  }
  if (fetched.body === body) return { kind: 'moved', move: 'verified' };
  const from = fetched.trace.remoteAddress ?? 'The policy host';
  const message = `${from} gives out another text at ${policyUrl(domain)} than version ${number}.`;
  const remedy = `Let mta-sts.${domain} lead to this policy host only, with nothing between that keeps or changes the text.`;
  return { kind: 'failed', problem: { code: 'body-differs', message, remedy } };
}

function remedyFor(code: FetchFailureCode, domain: string): string {
  if (code.startsWith('tls-certificate')) {
    return `Wait for the certificate of mta-sts.${domain}, or see "sekisho publish certificates" for what keeps it away.`;
  }
  if (code.startsWith('dns') || code === 'address-refused') {
    return `Let mta-sts.${domain} point to this policy host; "sekisho dns ${domain}" shows the records.`;
  }
  return code.startsWith('http') || code === 'body-too-large'
    ? `Something else answers for mta-sts.${domain}: let it lead to this policy host.`
    : `Port 443 of mta-sts.${domain} must be reachable from everywhere and lead to this policy host.`;
}

/** Step `announce`: the text is served, so its id may be shown (RFC 8461 §8.1). */
async function announceId(context: RolloutContext, version: PolicyVersion): Promise<StepOutcome> {
  const outcome = await replaceRecord(context, version);
  return outcome.kind === 'done' || outcome.kind === 'by-hand'
    ? { kind: 'moved', move: 'announced' }
    : { kind: 'failed', problem: notChanged(outcome, version) };
}

/** Why the DNS was not changed. */
function notChanged(
  outcome: Exclude<Replacement, { readonly kind: 'done' | 'by-hand' }>,
  { domain, id }: Pick<PolicyVersion, 'domain' | 'id'>,
): StepProblem {
  const byHand = `Mend what is said, or enter the TXT record at ${stsRecordName(domain)} by hand: ${formatStsRecord({ id })}`;
  const { kind, message, remedy = byHand } = outcome;
  return { code: kind === 'failure' ? outcome.code : `dns-${kind}`, message, remedy };
}

/**
 * Step `confirm`: every authoritative server shows exactly this id. Where one does not, the record is sent again, which
 * changes nothing where it is right: another hand may have put the former one back.
 */
async function confirmId(
  context: RolloutContext,
  change: Change,
  version: PolicyVersion,
): Promise<StepOutcome> {
  const { authorities, clock, signal } = context;
  const lookup = await authorities.lookupTxt(stsRecordName(version.domain), { signal });
  if (lookup.kind === 'failure') {
    const { code, message } = lookup;
    const remedy = `The zone of ${version.domain} and its name servers must be found in the DNS.`;
    return { kind: 'failed', problem: { code: `dns-${code}`, message, remedy } };
  }
  const verdict = judgeLookup(lookup.answers, ({ records }) => announcedId(records) === version.id);
  switch (verdict.kind) {
    case 'shown':
      context.alerts.end({
        code: 'name-servers-silent',
        subject: { domain: version.domain },
        message: 'Every name server answers and shows the new id.',
      });
      return { kind: 'moved', move: 'confirmed' };
    case 'shown-so-far':
      if (!isSilenceOver(change, clock.now()))
        return {
          kind: 'failed',
          problem: silence(verdict.silent, 'They are waited for, an hour at most.'),
        };
      await tellSilent(context, version, silence(verdict.silent, ''));
      return { kind: 'moved', move: 'confirmed' };
    case 'silence':
      return { kind: 'failed', problem: silence(verdict.silent, 'Let the name servers answer.') };
    case 'not-shown': {
      const isByHand = (await replaceRecord(context, version)).kind === 'by-hand';
      return { kind: 'failed', problem: notShown(version, lookup, verdict.by, isByHand) };
    }
  }
}

/** A secondary that comes back with the former record leads senders to fetch the text that is served, no more. */
async function tellSilent(
  context: RolloutContext,
  { domain, number }: PolicyVersion,
  { code, message }: StepProblem,
): Promise<void> {
  context.log.warn('name servers are done without', { domain, code, message });
  context.alerts.raise({
    code: 'name-servers-silent',
    subject: { domain },
    severity: 'warning',
    message: `${message} The change was carried out without them.`,
    remedy: 'Let the name servers answer, or take them out of the delegation.',
    aspects: [`version ${String(number)}`],
  });
  await recordEvent(context, domain, { code: 'servers-silent', message });
}

function silence(silent: readonly { readonly message: string }[], remedy: string): StepProblem {
  const message = silent.map((each) => each.message).join('; ');
  return { code: 'dns-silent', message: `Some name servers do not answer: ${message}.`, remedy };
}

const MOST_SHOWN = 4;

type Asked = Extract<AuthorityLookup, { readonly kind: 'asked' }>;

function notShown(
  { id }: PolicyVersion,
  { name, answers }: Asked,
  by: readonly {
    readonly server: string;
    readonly result: { readonly records: readonly string[] };
  }[],
  isByHand: boolean,
): StepProblem {
  const record = formatStsRecord({ id });
  const servers = [...new Set(by.map(({ server }) => escapeText(server)))].join(', ');
  const [first] = by;
  const shown = describeShown(first?.result.records ?? []);
  const message = `${by.length} of ${answers.length} answers of name servers (${servers}) show ${shown} at ${escapeText(name)}, must show "${record}".`;
  return isByHand
    ? {
        code: 'enter-by-hand',
        message,
        remedy: `Enter the TXT record ${record} at ${escapeText(name)}, in place of every other that begins with v=STSv1.`,
      }
    : {
        code: 'not-yet-shown',
        message,
        remedy: 'Name servers take the zone over by and by; see to those that do not.',
      };
}

/** Several records count as none (RFC 8461 §3.1), even if one of them is right: all must be seen. */
function describeShown(records: readonly string[]): string {
  const shown = records.filter(isStsRecordText);
  if (shown.length === 0) return 'no MTA-STS record';
  return shown
    .slice(0, MOST_SHOWN)
    .map((text) => `"${escapeText(text).slice(0, 300)}"`)
    .join(' and ');
}
