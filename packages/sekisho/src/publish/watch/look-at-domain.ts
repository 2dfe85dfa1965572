import type { Clock } from '../../io/clock/index.ts';
import type { Resolver } from '../../io/dns/index.ts';
import { escapeText, type Log } from '../../io/log/index.ts';
import type { PolicyVersion, ProbeRecord, PublishedDomain, PublishStore } from '../store/index.ts';
import { unmatchedHosts } from '../migration/index.ts';
import { type LiveMx, lookupLiveMx } from '../gates/live-mx.ts';
import type { PublishAlertSink } from '../alerts/index.ts';
import { findAlerts, type Seen, type WatchAlertCode } from './find-alerts.ts';
import type { HostLook, SharedLooks } from './shared-looks.ts';
import type { DomainLook, WatchObservation } from './watch.ts';

/** What a look needs. */
export interface LookTools {
  readonly clock: Clock;
  readonly store: PublishStore;
  readonly resolver: Pick<Resolver, 'lookupMx'>;
  readonly looks: SharedLooks;
  readonly log: Log;
  readonly alerts: PublishAlertSink;
  readonly observe: (observation: WatchObservation) => void;
  /** When to look again. */
  readonly nextAtMs: (isKnown: boolean) => number;
  readonly signal: AbortSignal;
}

/** MX hosts of one domain beyond these are not looked at. */
const MOST_HOSTS = 32;
/** Hosts of one domain at the same time. */
const AT_ONCE = 4;

/** Looks up the MX hosts of a domain, looks at each, writes down what was seen, and raises alerts. */
export async function lookAtDomain(
  found: PublishedDomain,
  tools: LookTools,
  fresh: boolean,
): Promise<DomainLook> {
  const { store, clock, resolver, observe, signal } = tools;
  const { domain } = found;
  const live = await lookupLiveMx(resolver, domain, signal);
  if (live.kind === 'unknown') observe({ kind: 'lookup-failed', domain });
  // A lookup that failed is uncertainty, not a change: the hosts of last time are looked at.
  const hosts = hostsOf(live) ?? found.liveMx?.hosts ?? [];
  const looks = await lookAtAll(hosts.slice(0, MOST_HOSTS), tools.looks, fresh);
  signal.throwIfAborted();
  const records = looks.flatMap((look) => toRecords(found, look));
  if (records.length > 0) await store.recordProbes(records);
  await noteMx(found, live, tools);
  const [announced, served] = await Promise.all([versionOf(tools, found), store.getServed(domain)]);
  const probes = looks.flatMap((look) => look.probes);
  for (const { code } of probes) observe({ kind: 'probed', domain, code });
  const nowMs = clock.now();
  await noteAlerts({ domain, nowMs, liveHosts: hostsOf(live), probes, announced, served }, tools);
  return {
    atMs: clock.now(),
    hosts,
    ...(live.kind === 'unknown' && { lookupProblem: live.message }),
    unmatched: unmatchedHosts((announced ?? served)?.mx ?? [], hosts),
    probes,
  };
}

function hostsOf(live: LiveMx): readonly string[] | undefined {
  if (live.kind === 'unknown') return undefined;
  return live.kind === 'null' ? [] : live.hosts;
}

async function versionOf(
  { store }: LookTools,
  { domain, announced }: PublishedDomain,
): Promise<PolicyVersion | undefined> {
  return announced === undefined ? undefined : store.getVersion(domain, announced);
}

async function lookAtAll(
  hosts: readonly string[],
  looks: SharedLooks,
  fresh: boolean,
): Promise<readonly HostLook[]> {
  const found: HostLook[] = [];
  const waiting = [...hosts.entries()];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [place, host] = next;
      found[place] = await looks.look(host, fresh);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return found;
}

function toRecords({ domain }: PublishedDomain, { atMs, probes }: HostLook): ProbeRecord[] {
  return probes.map(({ mxHost, address, code, detail, certificate }) => ({
    domain,
    mxHost: escapeText(mxHost),
    ...(address !== undefined && { address }),
    atMs,
    code,
    detail,
    ...(certificate !== undefined && { notAfterMs: certificate.notAfterMs }),
  }));
}

async function noteMx(found: PublishedDomain, live: LiveMx, tools: LookTools): Promise<void> {
  const { store, clock, log, nextAtMs } = tools;
  const { domain, liveMx } = found;
  const hosts = hostsOf(live);
  await store.putLiveMx(domain, hosts, clock.now(), nextAtMs(hosts !== undefined));
  if (hosts === undefined || liveMx === undefined || isSame(hosts, liveMx.hosts)) return;
  const name = (names: readonly string[]): string =>
    names.length === 0 ? 'none' : names.map(escapeText).join(', ');
  const message = `The MX hosts are ${name(hosts)}; they were ${name(liveMx.hosts)}.`;
  log.info('MX hosts changed', { domain, message });
  await store.recordEvent({
    domain,
    atMs: clock.now(),
    code: 'mx-changed',
    by: 'sekisho',
    message,
  });
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((host) => b.includes(host));
}

/** Raises and ends alerts; what is news of them is also an event of the domain's history. */
async function noteAlerts(
  seen: Seen,
  { store, clock, log, alerts, observe }: LookTools,
): Promise<void> {
  const { domain } = seen;
  for (const news of alerts.note(findAlerts(seen, alerts.standing()))) {
    const { kind, severity, subject, message, remedy } = news;
    const { mxHost } = subject;
    // Nothing else was noted.
    const code = news.code as WatchAlertCode;
    const isOver = kind === 'over';
    await store.recordEvent({
      domain,
      atMs: clock.now(),
      code: isOver ? `${code}-over` : code,
      by: 'sekisho',
      message,
    });
    if (isOver) log.info('an alert is over', { domain, code, mxHost });
    else {
      const level = severity === 'error' ? 'error' : 'warn';
      log[level](EVENTS[code], { domain, code, mxHost, message, remedy });
    }
    observe({ kind: isOver ? 'over' : 'alert', domain, code });
  }
}

const EVENTS: Readonly<Record<WatchAlertCode, string>> = {
  'mx-unmatched': 'the policy does not allow an MX host',
  'probe-failed': 'an MX host would not get mail in enforce',
  'certificate-of-mx-ends-soon': 'the certificate of an MX host ends soon',
};
