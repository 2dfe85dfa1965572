import type { AlertRules, AlertSink } from '../../alert/index.ts';

const DAY_MS = 86_400_000;

/** Every alert of the publisher; `docs/alerts.md` says of each when it is raised, and when it is over. */
export const PUBLISH_ALERTS = {
  'mx-unmatched': { severities: ['warning', 'error'], repeatMs: DAY_MS },
  'probe-failed': { severities: ['warning', 'error'], repeatMs: DAY_MS },
  'certificate-of-mx-ends-soon': { severities: ['warning'], repeatMs: DAY_MS },
  'certificate-not-obtained': { severities: ['warning'], repeatMs: DAY_MS },
  'certificate-ends': { severities: ['warning', 'error'], repeatMs: DAY_MS },
  'certificate-unusable': { severities: ['error'], repeatMs: DAY_MS },
  'policy-not-served': { severities: ['warning'], repeatMs: DAY_MS },
  'id-not-announced': { severities: ['warning'], repeatMs: DAY_MS },
  'id-not-shown': { severities: ['warning'], repeatMs: DAY_MS },
  'name-servers-silent': { severities: ['warning'], repeatMs: 'never' },
  'change-abandoned': { severities: ['error'], repeatMs: 'never' },
  'declaration-refused': { severities: ['warning'], repeatMs: 'never' },
  'export-failing': { severities: ['error'], repeatMs: DAY_MS },
  'changes-failing': { severities: ['error'], repeatMs: DAY_MS },
  'certificates-failing': { severities: ['error'], repeatMs: DAY_MS },
  'mx-watch-failing': { severities: ['error'], repeatMs: DAY_MS },
  'configuration-failing': { severities: ['error'], repeatMs: DAY_MS },
} as const satisfies AlertRules;

export type PublishAlertCode = keyof typeof PUBLISH_ALERTS;

/** Where the publisher's parts tell what they found. */
export type PublishAlertSink = AlertSink<PublishAlertCode>;

/** For parts that are used without alerts: nothing is news. */
export const NO_ALERTS: PublishAlertSink = {
  note: () => [],
  raise: () => false,
  end: () => false,
  standing: () => [],
};
