import type { ProbeRecord } from '../store/index.ts';
import type { Gate } from './gate.ts';
import { formatInstant } from '../migration/index.ts';
import { isFailure, listLooks, type Look, probeRemedy } from './probe-findings.ts';

/** What the probes are judged by. */
export interface ProbeEvidence {
  readonly nowMs: number;
  readonly days: number;
  /** Live MX hosts; undefined where the DNS did not tell. */
  readonly hosts: readonly string[] | undefined;
  readonly probes: readonly ProbeRecord[];
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Every span of 24 hours needs a clean look; an hour is for looks that are late. */
const LONGEST_GAP_MS = DAY_MS + HOUR_MS;

interface HostVerdict {
  /** Since when every look was clean, without a gap; undefined where not even the last one was. */
  readonly cleanSinceMs: number | undefined;
  readonly evidence: readonly string[];
  /** Code of the failure that stands, where the last look that tells anything failed. */
  readonly failing: string | undefined;
}

/** Whether every live MX host was clean for N days: a clean look in each day of them, and none that failed. */
export function judgeProbes(evidence: ProbeEvidence): Gate {
  const { nowMs, days, hosts } = evidence;
  if (hosts === undefined || hosts.length === 0) {
    const known =
      hosts === undefined ? 'The MX hosts could not be looked up' : 'There is no MX host';
    const remedy = 'Try again when the DNS tells the MX hosts.';
    return { code: 'probes-clean', state: 'shut', evidence: [`${known}.`], remedy };
  }
  const verdicts = hosts.map((host) => judgeHost(host, evidence));
  const lines = verdicts.flatMap((verdict) => verdict.evidence);
  const sinceMs = Math.max(...verdicts.map(({ cleanSinceMs }) => cleanSinceMs ?? Infinity));
  const opensAtMs = (Number.isFinite(sinceMs) ? sinceMs : nowMs) + days * DAY_MS;
  if (Number.isFinite(sinceMs) && opensAtMs <= nowMs) {
    return { code: 'probes-clean', state: 'open', evidence: lines };
  }
  const failing = [...new Set(verdicts.flatMap(({ failing: code }) => code ?? []))];
  return {
    code: 'probes-clean',
    state: 'shut',
    evidence: [...lines, whenItOpens(opensAtMs, sinceMs, days)],
    remedy: failing.length > 0 ? failing.map(probeRemedy).join(' ') : 'Wait.',
  };
}

function whenItOpens(opensAtMs: number, sinceMs: number, days: number): string {
  return Number.isFinite(sinceMs)
    ? `This gate can open on ${formatInstant(opensAtMs)}, if every look until then is clean.`
    : `This gate opens ${count(days, 'day')} after the first clean look, not before ${formatInstant(opensAtMs)}.`;
}

function judgeHost(host: string, { nowMs, days, probes }: ProbeEvidence): HostVerdict {
  // Evidence from the future is evidence of a clock that was wrong.
  const looks = listLooks(probes, host).filter(({ atMs }) => atMs <= nowMs);
  const clean = cleanRun(looks, nowMs);
  const telling = looks.find(({ verdict }) => verdict !== 'unsure');
  const failed = looks.find(({ verdict }) => verdict === 'failed');
  const sinceMs = clean.at(-1)?.atMs;
  const inTimeMs = nowMs - days * DAY_MS;
  const evidence = [
    sinceMs === undefined
      ? `MX ${host}: ${describeLack(looks, nowMs)}`
      : `MX ${host}: clean since ${formatInstant(sinceMs)}, ${count(clean.length, 'look')} at ${addressesOf(clean)}.`,
    ...(failed !== undefined && failed.atMs > inTimeMs ? [describeFailure(host, failed)] : []),
    ...describeUnreached(host, looks[0]),
  ];
  const code = telling?.records.find((record) => isFailure(record.code))?.code;
  return { cleanSinceMs: sinceMs, evidence, failing: code };
}

/** The clean looks from now backwards to a failure, or to a gap of more than a day. */
function cleanRun(looks: readonly Look[], nowMs: number): readonly Look[] {
  const run: Look[] = [];
  for (const look of looks) {
    if (look.verdict === 'failed') break;
    if (look.verdict === 'unsure') continue;
    if ((run.at(-1)?.atMs ?? nowMs) - look.atMs > LONGEST_GAP_MS) break;
    run.push(look);
  }
  return run;
}

function describeLack(looks: readonly Look[], nowMs: number): string {
  const [last] = looks;
  if (last === undefined) return 'it was not looked at yet.';
  if (last.verdict === 'failed') return 'the last look failed.';
  if (last.verdict === 'clean') {
    return `the last look was on ${formatInstant(last.atMs)}; one a day is needed.`;
  }
  const hours = Math.ceil(LONGEST_GAP_MS / HOUR_MS);
  const since = formatInstant(nowMs - LONGEST_GAP_MS);
  return `no look of the last ${hours} hours, since ${since}, tells anything: ${last.records[0]?.detail ?? ''}.`;
}

function describeFailure(host: string, { atMs, records }: Look): string {
  const failures = records.filter(({ code }) => isFailure(code));
  const found = failures.map(
    ({ code, address, detail }) =>
      `${code}${address === undefined ? '' : ` at ${address}`} (${detail})`,
  );
  return `MX ${host} failed on ${formatInstant(atMs)}: ${found.join('; ')}.`;
}

function describeUnreached(host: string, last: Look | undefined): readonly string[] {
  const unreached = (last?.records ?? []).filter(({ code }) => code === 'no-route');
  if (unreached.length === 0) return [];
  const addresses = unreached.map(({ address = 'an address' }) => address).join(', ');
  return [`MX ${host}: nothing is known of ${addresses}, because this machine has no route there.`];
}

function addressesOf(looks: readonly Look[]): string {
  const seen = looks.flatMap(({ records }) =>
    records.flatMap(({ code, address }) => (code === 'ok' && address !== undefined ? address : [])),
  );
  return [...new Set(seen)].join(', ');
}

function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? '' : 's'}`;
}
