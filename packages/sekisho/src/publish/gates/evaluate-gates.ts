import type { PolicyVersion, PublishedDomain } from '../store/index.ts';
import { formatInstant, matchingPattern, unmatchedHosts } from '../migration/index.ts';
import type { LiveMx } from '../rollout/live-mx.ts';
import type { Gate, ReportEvidence } from './gate.ts';
import { judgeProbes, type ProbeEvidence } from './judge-probes.ts';
import { escapeText } from '../../io/log/index.ts';

/** Everything that the gates of one domain are judged by. */
export interface GateInput extends Omit<ProbeEvidence, 'hosts'> {
  readonly domain: PublishedDomain;
  /** The one that is to be enforced: what is announced. */
  readonly version: PolicyVersion;
  readonly versions: readonly PolicyVersion[];
  readonly live: LiveMx;
  readonly reports: Awaited<ReturnType<ReportEvidence['summarise']>>;
}

const DAY_MS = 86_400_000;

/** Judges what stands between `testing` and `enforce`. What is not known opens nothing. */
export function evaluateGates(input: GateInput): readonly Gate[] {
  const { live } = input;
  const hosts = live.kind === 'hosts' ? live.hosts.map(escapeText) : undefined;
  return [
    judgeProbes({ ...input, hosts: live.kind === 'null' ? [] : hosts }),
    judgeMx(input),
    judgeReports(input),
    judgePending(input),
    judgeAge(input),
  ];
}

/** RFC 8461 §4.1: a live MX host that no pattern allows gets no mail in `enforce`. */
function judgeMx({ version, live }: GateInput): Gate {
  const code = 'mx-matched';
  if (live.kind === 'unknown') {
    const evidence = [`The MX hosts could not be looked up: ${live.message}.`];
    return { code, state: 'shut', evidence, remedy: 'Try again when the DNS answers.' };
  }
  if (live.kind === 'null') {
    const evidence = ['The domain takes no mail: it has a null MX (RFC 7505).'];
    return { code, state: 'shut', evidence, remedy: 'Publish MX records first.' };
  }
  const missing = unmatchedHosts(version.mx, live.hosts);
  const evidence = live.hosts.map((host) => {
    const pattern = matchingPattern(version.mx, host);
    const verdict = pattern === undefined ? 'no mx allows it' : `allowed by mx ${pattern}`;
    return `MX ${escapeText(host)}: ${verdict}.`;
  });
  if (missing.length === 0) return { code, state: 'open', evidence };
  const named = missing.map(escapeText).join(', ');
  const remedy = `Add ${named} to the policy, or take it out of the MX records.`;
  return { code, state: 'shut', evidence, remedy };
}

const UNREADABLE_REMEDY =
  'Let this program read the received reports: until it can, nobody knows whether they tell of failures.';

function judgeReports({ reports, days }: GateInput): Gate {
  const code = 'reports-clean';
  if (reports.kind === 'none') return { code, state: 'unknown', evidence: [reports.because] };
  if (reports.kind === 'unknown')
    return { code, state: 'unknown', evidence: [reports.because], remedy: UNREADABLE_REMEDY };
  const { sessions, failures } = reports;
  const span = `TLS reports of ${reports.days} of the last ${days} days tell of ${sessions} sessions`;
  const failed = failures.reduce((sum, failure) => sum + failure.sessions, 0);
  if (failed > 0) {
    const kinds = failures.map((each) => `${escapeText(each.resultType)} ${each.sessions}`);
    return {
      code,
      state: 'shut',
      evidence: [`${span}; enforce would have stopped ${failed}: ${kinds.join(', ')}.`],
      remedy: 'Repair what the reports name, and wait until they tell of no such failure.',
    };
  }
  if (sessions === 0) return { code, state: 'unknown', evidence: [`${span}.`] };
  return { code, state: 'open', evidence: [`${span}; enforce would have stopped none.`] };
}

function judgePending({ domain }: GateInput): Gate {
  const code = 'nothing-pending';
  const { change, served, announced } = domain;
  if (change !== undefined) {
    const since = formatInstant(change.startedAtMs);
    const evidence = [
      `Version ${change.version} is on its way since ${since}, at step ${change.step}.`,
      ...(change.problem === undefined ? [] : [change.problem.message]),
    ];
    const remedy = change.problem?.remedy ?? 'Wait until it is done, or give it up.';
    return { code, state: 'shut', evidence, remedy };
  }
  if (served === undefined || served !== announced) {
    const evidence = [
      `Version ${served ?? 'none'} is served, ${announced ?? 'none'} is announced.`,
    ];
    return { code, state: 'shut', evidence, remedy: 'Publish the policy again.' };
  }
  return { code, state: 'open', evidence: [`Version ${served} is served and announced.`] };
}

/** The announced policies were in `testing`, one after the other, for N days without a break. */
function judgeAge({ version, versions, nowMs, days }: GateInput): Gate {
  const code = 'served-long';
  const sinceMs = testingSinceMs(version, versions);
  if (sinceMs === undefined) {
    const evidence = [`Version ${version.number} is not announced in mode testing.`];
    return { code, state: 'shut', evidence, remedy: 'Publish in testing first.' };
  }
  const evidence = [`Mode testing is announced since ${formatInstant(sinceMs)}.`];
  const opensAtMs = sinceMs + days * DAY_MS;
  if (opensAtMs <= nowMs) return { code, state: 'open', evidence };
  evidence.push(`This gate opens on ${formatInstant(opensAtMs)}, ${days} days later.`);
  return { code, state: 'shut', evidence, remedy: 'Wait.' };
}

function testingSinceMs(
  version: PolicyVersion,
  versions: readonly PolicyVersion[],
): number | undefined {
  const announced = versions
    .flatMap(({ number, mode, announcedAtMs }) =>
      announcedAtMs === undefined ? [] : { number, mode, announcedAtMs },
    )
    .toSorted((a, b) => b.announcedAtMs - a.announcedAtMs || b.number - a.number);
  if (announced[0]?.number !== version.number) return undefined;
  const end = announced.findIndex(({ mode }) => mode !== 'testing');
  const run = announced.slice(0, end < 0 ? undefined : end);
  return run.at(-1)?.announcedAtMs;
}
