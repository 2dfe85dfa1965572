import { request } from 'node:http';
import type { SendingSide } from './sending-side.ts';
import type { Service } from './service.ts';

/** A report as `sekisho report list --json` tells of it; the rest is for people. */
export interface ListedReport {
  readonly reportId: string;
  readonly day: string;
  readonly domain: string;
  readonly successes: number;
  readonly failures: number;
  readonly deliveries: readonly { readonly uri: string; readonly state: string }[];
}

interface ListedDay {
  readonly day: string;
  readonly isClosed: boolean;
  readonly domains: number;
  readonly successes: number;
  readonly failures: number;
}

/** What `sekisho report list --json` tells of a day. */
export interface ListedReports {
  readonly days: readonly ListedDay[];
  readonly reports: readonly ListedReport[];
}

export function listReports(reporter: Service, day: string): ListedReports {
  const { status, stdout, stderr } = reporter.command('report', 'list', '--day', day, '--json');
  if (status === 1) return { days: [], reports: [] };
  if (status !== 0) throw new Error(`sekisho report list ended with ${status}: ${stderr}`);
  return JSON.parse(stdout) as ListedReports;
}

/** Sessions of a day, whether its reports are made or not. */
export function countSessions(reporter: Service, day: string): number {
  const { days } = listReports(reporter, day);
  return days.reduce((sum, { successes, failures }) => sum + successes + failures, 0);
}

/** A report as `sekisho intake list --json` tells of it, one a line. */
export interface ReceivedReport {
  readonly day: string;
  readonly givenId: string;
  readonly submitter: string;
  readonly channel: string;
  readonly successful: number;
  readonly failed: number;
  readonly trust: { readonly kind: string; readonly signedBy?: string; readonly selector?: string };
}

export function listReceived(intake: Service): readonly ReceivedReport[] {
  const { status, stdout, stderr } = intake.command('intake', 'list', '--json');
  if (status > 1) throw new Error(`sekisho intake list ended with ${status}: ${stderr}`);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as ReceivedReport);
}

/** Policies that the first Sekisho could not have, and of which the reporter was told, since its start. */
export async function countDiscoveries({ reportSocket }: SendingSide): Promise<number> {
  const metrics = await readMetrics(reportSocket);
  const line = /^sekisho_report_sessions_total\{source="discovery",result="failure"\} (\d+)$/m;
  return Number(line.exec(metrics)?.[1] ?? 0);
}

function readMetrics(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: '/metrics', agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.once('end', () => resolve(text));
    });
    asked.once('error', reject);
    asked.end();
  });
}
