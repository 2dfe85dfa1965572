import type { ConfigProblem } from './config-error.ts';
import { findIntakeContradictions } from './intake-relations.ts';
import { formatListenAddress, type ListenAddress } from './listen-address.ts';
import { findPublishContradictions } from './publish-relations.ts';
import { findReportContradictions } from './report-relations.ts';
import type { Settings } from './schema.ts';

/** Settings that make sense only together. */
export function findContradictions(settings: Settings): readonly ConfigProblem[] {
  return [
    ...findWrongOrder(settings),
    ...findSharedAddresses(settings),
    ...findPublishContradictions(settings),
    ...findReportContradictions(settings),
    ...findIntakeContradictions(settings),
    ...findAlertContradictions(settings),
  ];
}

function findWrongOrder({ dns, policies }: Settings): readonly ConfigProblem[] {
  const pairs = [
    {
      low: ['policies.negativeMinSeconds', policies.negativeMinSeconds],
      high: ['policies.negativeMaxSeconds', policies.negativeMaxSeconds],
    },
    { low: ['dns.timeoutMs', dns.timeoutMs], high: ['dns.deadlineMs', dns.deadlineMs] },
  ] as const;
  return pairs
    .filter(({ low, high }) => low[1] > high[1])
    .map(({ low, high }) => ({
      where: low[0],
      message: `given is ${String(low[1])}, allowed is at most ${high[0]}, which is ${String(high[1])}`,
    }));
}

/** Port 0 lets the system choose, another one each time. */
function isFixed(address: ListenAddress): boolean {
  return address.kind === 'unix' || address.port !== 0;
}

function listAddresses(
  group: string,
  listeners: Readonly<Record<string, ListenAddress | 'off' | readonly ListenAddress[]>>,
) {
  return Object.entries(listeners).flatMap(([name, addresses]) =>
    (addresses === 'off' ? [] : [addresses])
      .flat()
      .filter(isFixed)
      .map((address) => ({ where: `${group}.${name}`, text: formatListenAddress(address) })),
  );
}

function findSharedAddresses({
  listen,
  publish,
  report,
  intake,
}: Settings): readonly ConfigProblem[] {
  const { socketmap, admin } = listen;
  const used = [
    ...listAddresses('listen', { socketmap, admin }),
    ...listAddresses('publish.listen', publish.listen),
    ...listAddresses('report.listen', { http: report.listen.http, admin: report.listen.admin }),
    ...listAddresses('intake.listen', intake.listen),
  ];
  return used.flatMap(({ where, text }, index) => {
    const former = used.slice(0, index).find((other) => other.text === text);
    if (former === undefined) return [];
    const message = `given is ${JSON.stringify(text)}, which ${former.where} has already; allowed is each address once`;
    return [{ where, message }];
  });
}

function findAlertContradictions({ alerts, report }: Settings): readonly ConfigProblem[] {
  const [program] = alerts.command;
  const findings = [
    program !== undefined &&
      !program.startsWith('/') && {
        where: 'alerts.command',
        message: `given is ${JSON.stringify(program)}; allowed is the absolute path of a program`,
      },
    alerts.mailTo !== undefined &&
      report.contact === undefined && {
        where: 'report.contact',
        message: 'it is missing; mail to alerts.mailTo is sent from it',
      },
  ];
  return findings.filter((finding) => finding !== false);
}
