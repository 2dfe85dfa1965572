import type { FetchTrace } from '../../../io/https/index.ts';
import { formatTable } from '../text/table.ts';
import { showRemote, showSentence } from '../text/remote-text.ts';
import { formatMoment, formatTime } from '../text/time.ts';
import type { FetchStep } from './explanation.ts';
import type { PlainStyle } from '../text/style.ts';

const NOT_ATTEMPTED: Readonly<Record<string, string>> = {
  'no-record': 'without a record nothing is fetched (RFC 8461 §3.1)',
  'record-unusable': 'without exactly one valid record nothing is fetched (RFC 8461 §3.1)',
  'dns-unavailable': 'while the DNS does not answer nothing is fetched',
};
const ALLOW_ADDRESS = 'the setting https.allowedAddresses can allow it, for closed networks';
const MOST_NAMES = 8;

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).map((name) => showRemote(name, 253));
  const rest = names.length - shown.length;
  return [...shown, ...(rest > 0 ? [`and ${String(rest)} more`] : [])].join(', ');
}

function describeCertificate(trace: FetchTrace, nowMs: number): (readonly [string, string])[] {
  const { certificate } = trace;
  if (certificate === undefined) return [];
  const { dnsNames, issuer, notBeforeMs, notAfterMs } = certificate;
  return [
    ['certificate', dnsNames.length === 0 ? 'without a dNSName' : `for ${listNames(dnsNames)}`],
    ['', `by ${showRemote(issuer)}`],
    ['', `from ${formatTime(notBeforeMs)} to ${formatMoment(notAfterMs, nowMs)}`],
  ];
}

function describeAnswer({ status, contentType }: FetchTrace): (readonly [string, string])[] {
  if (status === undefined) return [];
  const type = contentType === undefined ? 'no media type' : showRemote(contentType);
  return [['answer', `${String(status)}, ${type}`]];
}

function describeTrace(trace: FetchTrace, nowMs: number): (readonly [string, string])[] {
  const { addresses, remoteAddress, tlsVersion } = trace;
  return [
    ...(addresses.length === 0 ? [] : [['addresses', listNames(addresses)] as const]),
    ...(remoteAddress === undefined ? [] : [['connected', `to ${remoteAddress}`] as const]),
    ...(tlsVersion === undefined ? [] : [['TLS', tlsVersion] as const]),
    ...describeCertificate(trace, nowMs),
    ...describeAnswer(trace),
  ];
}

function renderOutcome(step: FetchStep, { paint }: PlainStyle): string[] {
  if (step.outcome === 'not-attempted') return [];
  const duration = `in ${String(Math.round(step.trace.durationMs))} ms`;
  if (step.outcome === 'body') return [paint.good(`${String(step.sizeBytes)} bytes ${duration}`)];
  const reason = step.reason === undefined ? '' : `, ${showRemote(step.reason)}`;
  return [
    paint.bad(showSentence(step.message)),
    `${step.code}${reason}, reported as ${step.resultType}; failed ${duration}`,
    ...(step.code === 'address-refused' ? [ALLOW_ADDRESS] : []),
  ];
}

/** The step about the HTTPS fetch. */
export function renderFetch(step: FetchStep, style: PlainStyle): string[] {
  if (step.outcome === 'not-attempted')
    return [`nothing: ${NOT_ATTEMPTED[step.because] ?? step.because}`];
  const rows = describeTrace(step.trace, style.nowMs).map(([name, value]) => [
    style.paint.dim(name),
    value,
  ]);
  return [step.url, ...formatTable(rows), ...renderOutcome(step, style)];
}
