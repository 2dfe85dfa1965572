import type { CertificateState } from '../../../publish/store/index.ts';
import { showSentence } from '../text/remote-text.ts';
import { formatDistance, formatMoment } from '../text/time.ts';
import type { TextStyle } from '../text/style.ts';

const DAY_MS = 86_400_000;
const NEAR_MS = 14 * DAY_MS;

/** The end of a certificate in the colour that it deserves: `in 62 days`. */
export function describeEnd(
  certificate: CertificateState | undefined,
  { nowMs, paint }: TextStyle,
): string {
  const { notAfterMs, problem } = certificate ?? {};
  if (notAfterMs === undefined)
    return problem === undefined ? paint.dim('none yet') : paint.bad('none');
  if (notAfterMs <= nowMs) return paint.bad(`ended ${formatDistance(notAfterMs, nowMs)}`);
  const text = `ends ${formatDistance(notAfterMs, nowMs)}`;
  return notAfterMs - nowMs < NEAR_MS ? paint.careful(text) : text;
}

/** All that is known of a certificate, a line each. */
export function describeCertificate(
  certificate: CertificateState | undefined,
  style: TextStyle,
): readonly string[] {
  const { nowMs, marks } = style;
  const { notAfterMs, problem, failures = 0, nextAttemptAtMs } = certificate ?? {};
  const state =
    notAfterMs === undefined || notAfterMs <= nowMs
      ? describeEnd(certificate, style)
      : `ends ${formatMoment(notAfterMs, nowMs)}`;
  if (problem === undefined) return [state];
  const again =
    nextAttemptAtMs === undefined
      ? ''
      : `, again ${formatDistance(Math.max(nextAttemptAtMs, nowMs), nowMs)}`;
  const count = failures > 1 ? ` (${String(failures)} times${again})` : '';
  return [
    state,
    `${marks.failed} ${showSentence(problem.message)}${count}`,
    ...(problem.remedy === '' ? [] : [`  ${marks.remedy} ${showSentence(problem.remedy)}`]),
  ];
}
