import type { Domain } from '@sekisho/spec';
import type { PublishAlertCode, PublishAlertSink } from '../alerts/index.ts';
import type { Change, ChangeStep, Problem } from '../store/index.ts';
import type { ChangeMove } from './change-state.ts';

/** What a step that fails is as an alert. */
const BY_STEP = {
  serve: undefined,
  verify: 'policy-not-served',
  announce: 'id-not-announced',
  confirm: 'id-not-shown',
} as const satisfies Readonly<Record<ChangeStep, PublishAlertCode | undefined>>;

/** Name servers take a zone over by and by: an alert only when they have had that long. */
const SLOW_CODES: ReadonlySet<string> = new Set(['not-yet-shown', 'dns-silent']);
const SLOW_MS = 900_000;

const WAITING = ['policy-not-served', 'id-not-announced', 'id-not-shown'] as const;

/** An attempt at a step has failed. */
export function raiseWaiting(
  alerts: PublishAlertSink,
  domain: Domain,
  { step, stepSinceMs }: Change,
  { code, message, remedy, atMs }: Problem,
): void {
  const alert = BY_STEP[step];
  if (alert === undefined) return;
  if (SLOW_CODES.has(code) && atMs - stepSinceMs < SLOW_MS) return;
  const severity = 'warning';
  alerts.raise({ code: alert, subject: { domain }, severity, message, remedy, aspects: [code] });
}

/** A change has gone on. */
export function endWaiting(
  alerts: PublishAlertSink,
  domain: Domain,
  move: ChangeMove['kind'],
): void {
  const subject = { domain };
  if (move === 'verified')
    alerts.end({ code: 'policy-not-served', subject, message: 'The new policy is served.' });
  if (move === 'announced')
    alerts.end({ code: 'id-not-announced', subject, message: 'The new id is sent to the DNS.' });
  if (move !== 'confirmed') return;
  const message = 'The new policy is announced.';
  for (const code of [...WAITING, 'change-abandoned'] as const)
    alerts.end({ code, subject, message });
}

/** A change was given up, by us when `version` of it is told. */
export function raiseAbandoned(
  alerts: PublishAlertSink,
  domain: Domain,
  { message, remedy }: Problem,
  version: number | undefined,
): void {
  const subject = { domain };
  for (const code of WAITING) alerts.end({ code, subject, message: 'The change was given up.' });
  if (version === undefined) return;
  alerts.raise({
    code: 'change-abandoned',
    subject,
    severity: 'error',
    message: `The change to version ${String(version)} was given up, and the former policy stays: ${message}`,
    remedy: `${remedy} Then order the change again.`,
    aspects: [`version ${String(version)}`],
  });
}
