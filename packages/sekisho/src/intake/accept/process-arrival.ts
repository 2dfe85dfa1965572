import { type Domain, quote } from '@sekisho/spec';
import type { Clock } from '../../io/clock/index.ts';
import type { DkimSignature, VerifyDkim } from '../../io/dkim-verify/index.ts';
import { IoError } from '../../io/error.ts';
import type { IntakeWriter, PutOutcome, ReportChannel, ReportTrust } from '../store/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { Unpacked } from '../unpack/index.ts';
import { type Judgement, judgeTrust, type KeyServiceRule } from '../verify/index.ts';
import type { Acceptance, AcceptanceCounter } from './acceptor.ts';
import { type ReadReport, readReport } from './read-report.ts';

/** What stands ready for every arrival. */
export interface AcceptContext {
  readonly store: IntakeWriter;
  readonly verifyDkim: VerifyDkim;
  readonly domains: readonly Domain[] | 'any';
  readonly keyService: KeyServiceRule;
  readonly clock: Clock;
  readonly log: Log;
  readonly counter: AcceptanceCounter;
}

/** Something that arrived, unpacked. */
export interface Arrival extends Unpacked {
  readonly channel: ReportChannel;
  readonly bytes: Uint8Array;
  readonly isMessage: boolean;
  readonly from?: string;
  readonly hasToken?: boolean | undefined;
}

type UsableReport = Extract<ReadReport, { kind: 'report' }>;

const REFUSED_BYTES = 65_536;
const MOST_PROBLEMS = 20;

/**
 * Reads, judges and keeps the reports of an arrival. All are judged before the first is kept, so that what comes again
 * comes whole.
 *
 * @throws IoError of the store.
 */
export async function processArrival(
  context: AcceptContext,
  arrival: Arrival,
): Promise<Acceptance> {
  const { usable, problems } = readAll(context, arrival);
  if (usable.length === 0 && problems.length === 0) {
    context.counter.arrived(arrival.channel, 'not-a-report');
    context.log.debug('no report in a message', { channel: arrival.channel });
    return { kind: 'not-a-report' };
  }
  if (usable.length === 0) return keepRefused(context, arrival, problems);
  const signatures = arrival.isMessage ? await findSignatures(context, arrival) : [];
  const judged = usable.map((read) => ({ read, trust: judge(context, arrival, read, signatures) }));
  const later = judged.find(({ trust }) => trust.kind === 'later');
  if (later?.trust.kind === 'later') return postpone(context, arrival, later.trust.problem);
  if (problems.length > 0) await keepRefused(context, arrival, problems);
  const kept: Acceptance[] = [];
  for (const { read, trust } of judged)
    if (trust.kind !== 'later') kept.push(await keep(context, arrival, read, trust));
  return summarize(kept);
}

function readAll(
  { domains }: AcceptContext,
  { texts, origin, problems: before }: Arrival,
): { usable: readonly UsableReport[]; problems: readonly string[] } {
  const usable: UsableReport[] = [];
  const problems = [...before];
  for (const text of texts) {
    const read = readReport(text, origin);
    if (read.kind === 'report' && isOurs(read.about, domains)) usable.push(read);
    else if (read.kind === 'report')
      problems.push(`it is about ${quote(read.about[0] ?? '')}, which is not one of our domains`);
    else if (text.isClaimed || origin.isClaimed) problems.push(...read.problems);
  }
  return { usable, problems: problems.slice(0, MOST_PROBLEMS) };
}

/** Results of DANE are reported under the name of the mail host (RFC 8460 §1.1), often one below the domain. */
function isOurs(about: readonly string[], domains: readonly Domain[] | 'any'): boolean {
  if (domains === 'any') return true;
  return about.some((name) =>
    domains.some((domain) => name === domain || name.endsWith(`.${domain}`)),
  );
}

/** Signatures of a message that nobody can take apart are as good as none. */
async function findSignatures(
  context: AcceptContext,
  arrival: Arrival,
): Promise<readonly DkimSignature[]> {
  if (arrival.origin.from === undefined) return [];
  try {
    return await context.verifyDkim(arrival.bytes);
  } catch (error) {
    if (!(error instanceof IoError) || error.temporary) throw error;
    context.log.warn('signatures not read', { channel: arrival.channel, error });
    return [];
  }
}

function judge(
  { keyService }: AcceptContext,
  { isMessage, origin }: Arrival,
  { submitter }: UsableReport,
  signatures: readonly DkimSignature[],
): Judgement {
  if (!isMessage) return { kind: 'unauthenticated' };
  return judgeTrust(signatures, { from: origin.from, submitter }, keyService);
}

function postpone(
  { counter, log }: AcceptContext,
  { channel }: Arrival,
  problem: string,
): Acceptance {
  counter.arrived(channel, 'later');
  log.warn('report put off', { channel, problem });
  return { kind: 'later', problem };
}

async function keep(
  context: AcceptContext,
  arrival: Arrival,
  { report, issues, raw, submitter: named }: UsableReport,
  trust: ReportTrust,
): Promise<Acceptance> {
  const { channel, origin } = arrival;
  const submitter = named ?? origin.from ?? 'unknown';
  const receivedAtMs = context.clock.now();
  const put = { report, issues, raw, receivedAtMs, channel, trust, submitter };
  const outcome = await context.store.putReport(put);
  const repairs = issues.filter(({ severity }) => severity === 'tolerated');
  context.counter.arrived(channel, outcome.kind, trust.kind);
  if (outcome.kind === 'stored') for (const { code } of repairs) context.counter.repaired(code);
  tell(context, arrival, { outcome, trust, submitter, repairs: repairs.length });
  return outcome.kind === 'stored'
    ? { kind: 'stored', reportId: outcome.reportId, repairs: repairs.length }
    : { kind: 'duplicate', reportId: outcome.reportId };
}

interface Kept {
  readonly outcome: PutOutcome;
  readonly trust: ReportTrust;
  readonly submitter: string;
  readonly repairs: number;
}

function tell(
  { log }: AcceptContext,
  arrival: Arrival,
  { outcome, trust, submitter, repairs }: Kept,
): void {
  const { channel, from, hasToken } = arrival;
  const fields = { channel, submitter, reportId: outcome.reportId, repairs, from, hasToken };
  const trusted = { trust: trust.kind, why: trust.kind === 'unverified' ? trust.why : undefined };
  const event = outcome.kind === 'stored' ? 'report kept' : 'report is kept already';
  log.info(event, { ...fields, ...trusted });
}

/**
 * Keeps what cannot be used, to be looked at.
 *
 * @throws IoError of the store.
 */
export async function keepRefused(
  { store, clock, log, counter }: AcceptContext,
  { channel, bytes, from }: Pick<Arrival, 'channel' | 'bytes' | 'from'>,
  problems: readonly string[],
): Promise<Acceptance> {
  // A copy, lest the rest of a large message be held with it.
  const beginning = bytes.slice(0, REFUSED_BYTES);
  await store.putRefused({ receivedAtMs: clock.now(), channel, problems, bytes: beginning });
  counter.arrived(channel, 'refused');
  log.warn('report refused', { channel, from, problems });
  return { kind: 'refused', problems };
}

/** What is new says most; otherwise the first. */
function summarize(kept: readonly Acceptance[]): Acceptance {
  const stored = kept.filter((each) => each.kind === 'stored');
  const [first] = stored;
  if (first === undefined) return kept[0] ?? { kind: 'not-a-report' };
  return { ...first, repairs: stored.reduce((sum, { repairs }) => sum + repairs, 0) };
}
