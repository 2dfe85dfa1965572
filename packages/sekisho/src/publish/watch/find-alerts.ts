import { type Domain, matchMxTexts } from '@sekisho/spec';
import type { Alert, AlertState, Findings } from '../../alert/index.ts';
import { escapeText } from '../../io/log/index.ts';
import type { PublishAlertCode } from '../alerts/index.ts';
import type { PolicyVersion } from '../store/index.ts';
import type { MxProbe } from '../../io/smtp/index.ts';
import { isFailure, probeRemedy } from '../gates/index.ts';
import { formatInstant, unmatchedHosts } from '../migration/index.ts';

/** What the watch over MX hosts raises. */
export type WatchAlertCode = 'mx-unmatched' | 'probe-failed' | 'certificate-of-mx-ends-soon';

type WatchAlert = Alert<WatchAlertCode>;

/** One look at a domain. */
export interface Seen {
  readonly domain: Domain;
  readonly nowMs: number;
  /** Undefined where the DNS did not tell: then nothing is known of what matches. */
  readonly liveHosts: readonly string[] | undefined;
  readonly probes: readonly MxProbe[];
  readonly announced: PolicyVersion | undefined;
  readonly served: PolicyVersion | undefined;
}

const DAY_MS = 86_400_000;
/** A certificate that should have been renewed by now: at two thirds of its life, and no alarm before the last 14 days. */
const LEAST_SHARE = 0.3;
const SOON_MS = 14 * DAY_MS;

/**
 * Everything in a look that deserves an alert (RFC 8461 §4), and what of that which stands is over. An alert that could not
 * have been seen, since the DNS or the host did not answer, is neither.
 */
export function findAlerts(
  seen: Seen,
  standing: readonly AlertState<PublishAlertCode>[],
): Findings<WatchAlertCode> {
  const hosts = groupByHost(seen.probes);
  const couldSee = (code: WatchAlertCode, mxHost: string): boolean => {
    if (seen.liveHosts === undefined && code === 'mx-unmatched') return false;
    const probes = hosts.get(mxHost);
    if (code === 'mx-unmatched' || probes === undefined) return seen.liveHosts !== undefined;
    return probes.some((probe) => probe.code === 'ok');
  };
  return {
    alerts: [
      ...findUnmatched(seen),
      ...[...hosts].flatMap(([host, probes]) => findFailed(host, probes, seen)),
      ...[...hosts].flatMap(([host, probes]) => findEnding(host, probes, seen)),
    ],
    over: standing.flatMap(({ code, subject }) => {
      const { domain, mxHost = '' } = subject;
      if (domain !== seen.domain || !isWatchCode(code) || !couldSee(code, mxHost)) return [];
      return [{ code, subject, message: `${aboutHost(mxHost)}${OVER[code]}` }];
    }),
  };
}

const OVER: Readonly<Record<WatchAlertCode, string>> = {
  'mx-unmatched': 'the announced policy allows it or asks for nothing, or it is no MX any more.',
  'probe-failed': 'it is well again, or no MX any more.',
  'certificate-of-mx-ends-soon': 'its certificate is good for longer, or it is no MX any more.',
};

function isWatchCode(code: PublishAlertCode): code is WatchAlertCode {
  return Object.hasOwn(OVER, code);
}

function aboutHost(mxHost: string): string {
  return `MX ${mxHost}: `;
}

function groupByHost(probes: readonly MxProbe[]): Map<string, MxProbe[]> {
  const hosts = new Map<string, MxProbe[]>();
  for (const probe of probes) {
    const host = escapeText(probe.mxHost);
    const own = hosts.get(host) ?? [];
    own.push(probe);
    hosts.set(host, own);
  }
  return hosts;
}

function findUnmatched(seen: Seen): WatchAlert[] {
  const { domain, announced: policy, served, liveHosts = [] } = seen;
  if (policy === undefined || policy.mode === 'none') return [];
  const unmatched = unmatchedHosts(policy.mx, liveHosts);
  const isAll = unmatched.length === liveHosts.length;
  const means = meaning(policy.mode, isAll);
  return unmatched.map((host) => {
    const mxHost = escapeText(host);
    const isComing = served !== undefined && matchMxTexts(served.mx, host) !== undefined;
    const coming = isComing ? ' The version that is being announced allows it.' : '';
    return {
      code: 'mx-unmatched',
      subject: { domain, mxHost },
      severity: policy.mode === 'enforce' ? 'error' : 'warning',
      message: `${aboutHost(mxHost)}no mx of the announced policy allows it; ${means} (RFC 8461 §5).${coming}`,
      remedy: `Add ${mxHost} to the policy, or take it out of the MX records; "publish plan" shows the order.`,
      aspects: [`${policy.mode}${isAll ? ' all' : ''}${isComing ? ' coming' : ''}`],
    };
  });
}

function meaning(mode: 'enforce' | 'testing', isAll: boolean): string {
  if (mode === 'testing') return 'in mode testing mail is delivered nevertheless, and reported';
  return isAll
    ? 'in mode enforce senders deliver no mail at all, as no MX host is allowed'
    : 'in mode enforce senders do not deliver to it';
}

function findFailed(
  mxHost: string,
  probes: readonly MxProbe[],
  { domain, announced }: Seen,
): WatchAlert[] {
  const failed = probes.filter(({ code }) => isFailure(code));
  const [first] = failed;
  if (first === undefined) return [];
  const found = failed.map(
    ({ code, address, detail }) =>
      `${code}${address === undefined ? '' : ` at ${address}`} (${detail})`,
  );
  return [
    {
      code: 'probe-failed',
      subject: { domain, mxHost },
      severity: announced?.mode === 'enforce' ? 'error' : 'warning',
      message: `${aboutHost(mxHost)}${found.join('; ')}.`,
      remedy: [...new Set(failed.map(({ code }) => probeRemedy(code)))].join(' '),
    },
  ];
}

function findEnding(
  mxHost: string,
  probes: readonly MxProbe[],
  { domain, nowMs }: Seen,
): WatchAlert[] {
  const ending = probes.filter(({ code, certificate }) => {
    if (code !== 'ok' || certificate === undefined) return false;
    const { notBeforeMs, notAfterMs } = certificate;
    return notAfterMs - nowMs < Math.min(SOON_MS, (notAfterMs - notBeforeMs) * LEAST_SHARE);
  });
  const [first] = ending.toSorted(
    (a, b) => (a.certificate?.notAfterMs ?? 0) - (b.certificate?.notAfterMs ?? 0),
  );
  if (first?.certificate === undefined) return [];
  const end = formatInstant(first.certificate.notAfterMs);
  return [
    {
      code: 'certificate-of-mx-ends-soon',
      subject: { domain, mxHost },
      severity: 'warning',
      message: `${aboutHost(mxHost)}its certificate at ${first.address ?? 'it'} ends on ${end}.`,
      remedy: 'Renew it, and see why it was not renewed.',
    },
  ];
}
