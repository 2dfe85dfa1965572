import type { DomainSummary } from '../../control/publish.ts';
import { formatDistance } from '../text/time.ts';
import { describeEnd } from './describe-certificate.ts';
import type { TextStyle } from '../text/style.ts';

/** The first line of `publish status`. */
export const STATUS_HEADING = ['domain', 'mode', 'since', 'certificate', 'note'];

function describeNotes({ domain }: DomainSummary, { nowMs, paint }: TextStyle): string {
  const { change, lastFailure, leavingSinceMs } = domain;
  if (change !== undefined) {
    const { step, version, problem, stepSinceMs } = change;
    const why = problem === undefined ? '' : `: ${problem.code}`;
    const text = `version ${String(version)} at step ${step}${why}, since ${formatDistance(stepSinceMs, nowMs)}`;
    return problem === undefined ? text : paint.careful(text);
  }
  if (leavingSinceMs !== undefined)
    return `leaving, since ${formatDistance(leavingSinceMs, nowMs)}`;
  if (lastFailure === undefined) return '';
  return paint.careful(`version ${String(lastFailure.version)} was given up: ${lastFailure.code}`);
}

/** One line of `publish status`. */
export function toStatusRow(summary: DomainSummary, style: TextStyle): string[] {
  const { domain, served, certificate } = summary;
  const { nowMs, paint } = style;
  const mode = served?.mode ?? 'nothing served';
  const colour = mode === 'enforce' ? paint.good : (text: string) => text;
  const since = served?.announcedAtMs ?? served?.servedFromMs;
  return [
    domain.domain,
    colour(mode),
    since === undefined ? '-' : formatDistance(since, nowMs),
    describeEnd(certificate, style),
    describeNotes(summary, style),
  ];
}
