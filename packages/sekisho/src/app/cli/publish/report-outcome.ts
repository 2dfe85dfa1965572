import type { Domain } from '@sekisho/spec';
import type { PolicyVersion } from '../../../publish/store/index.ts';
import type { OrderOutcome } from '../../../publish/index.ts';
import type { StatusAnswer } from '../../control/publish.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Paint } from '../text/style.ts';
import { showSentence } from '../text/remote-text.ts';
import { awaitChange, type AwaitOptions, type ChangeEnd } from './await-change.ts';
import { describeVersion } from './describe-version.ts';
import { createMarks } from '../text/style.ts';
import { createProgress } from './progress.ts';
import type { ServiceClient } from '../service-client.ts';
import { renderObjections } from './render-objections.ts';
import { writeUnknown } from './write-failure.ts';
import { formatOutput } from '../text/to-json.ts';

export interface ReportParts {
  readonly context: CliContext;
  readonly client: ServiceClient;
  readonly domain: Domain;
  readonly paint: Paint;
  readonly wait: boolean;
  readonly json: boolean;
  readonly canForce: boolean;
}

/** Says what became of an order, follows the change that it began, and knows the exit code. */
export async function reportOutcome(outcome: OrderOutcome, parts: ReportParts): Promise<ExitCode> {
  if (outcome.kind === 'begun' && parts.wait) return follow(outcome.version, parts);
  const { context, json } = parts;
  if (json) context.stdout.write(formatOutput(outcome));
  else tell(outcome, parts);
  return EXIT_BY_KIND[outcome.kind];
}

const EXIT_BY_KIND: Readonly<Record<OrderOutcome['kind'], ExitCode>> = {
  begun: EXIT.ok,
  unchanged: EXIT.ok,
  done: EXIT.ok,
  refused: EXIT.refused,
  busy: EXIT.temporary,
  'unknown-domain': EXIT.notFound,
};

function tell(outcome: OrderOutcome, { context, domain, paint, canForce }: ReportParts): void {
  const { stdout, stderr } = context;
  switch (outcome.kind) {
    case 'begun':
      stdout.write(
        `${heading(domain, outcome.version, paint)}\nBegun. See: sekisho publish status ${domain}\n`,
      );
      break;
    case 'unchanged':
      stdout.write(
        `${paint.strong(domain)}: unchanged; senders see this already: ${describeVersion(outcome.version)}\n`,
      );
      break;
    case 'done':
      stdout.write(`${paint.strong(domain)}: done\n`);
      break;
    case 'refused':
      stderr.write(renderObjections(domain, outcome.objections, { paint, canForce }));
      break;
    case 'busy':
      stderr.write(
        `sekisho: ${domain}: version ${String(outcome.change.version)} is under way (${outcome.change.step}); wait for it, or give it up: sekisho publish abandon ${domain}\n`,
      );
      break;
    case 'unknown-domain':
      writeUnknown(context, domain);
      break;
  }
}

function heading(domain: Domain, version: PolicyVersion, paint: Paint): string {
  return `${paint.strong(domain)}: version ${String(version.number)}, ${describeVersion(version)}`;
}

async function follow(version: PolicyVersion, parts: ReportParts): Promise<ExitCode> {
  const { context, client, domain, paint, json } = parts;
  const { stdout } = context;
  const silent = { write: () => undefined };
  const out = json ? silent : stdout;
  const progress = createProgress(out, paint, !json && stdout.isTTY === true);
  out.write(`${heading(domain, version, paint)}\n`);
  const waiting = new AbortController();
  const stop = (): void => waiting.abort();
  process.once('SIGINT', stop);
  try {
    const onLook: AwaitOptions['onLook'] = (change, nowMs) => progress.show(change, nowMs);
    const end = await awaitChange({ client, domain, version, onLook, signal: waiting.signal });
    if (end.kind === 'done') progress.finish();
    else progress.leave();
    if (json) stdout.write(formatOutput({ outcome: end.kind, version, ...statusOf(end) }));
    else out.write(`${describeEnd(end, version, parts).join('\n')}\n`);
    return exitOf(end);
  } finally {
    process.off('SIGINT', stop);
  }
}

const statusOf = (end: ChangeEnd): object => ('status' in end ? { status: end.status } : {});

function exitOf({ kind }: ChangeEnd): ExitCode {
  if (kind === 'done') return EXIT.ok;
  return kind === 'failed' ? EXIT.refused : EXIT.temporary;
}

/** What comes next, in a line or two; `status` tells the rest. */
function adviseNext(domain: Domain, { announced, gates, advice }: StatusAnswer): readonly string[] {
  if (announced?.mode !== 'testing') return advice;
  return gates.some(({ state }) => state === 'shut')
    ? [`What is missing for enforce: sekisho publish status ${domain}`]
    : [`Every gate is open: sekisho publish set ${domain} --mode enforce`];
}

function describeEnd(end: ChangeEnd, version: PolicyVersion, { domain, paint }: ReportParts) {
  const marks = createMarks(paint);
  switch (end.kind) {
    case 'done': {
      const next = adviseNext(domain, end.status).map(
        (line) => `  ${marks.remedy} ${showSentence(line)}`,
      );
      return [`Done: senders find this policy from now on, under the id ${version.id}.`, ...next];
    }
    case 'failed': {
      const { lastFailure } = end.status.domain;
      const remedy = lastFailure?.version === version.number ? lastFailure : undefined;
      return [
        `  ${marks.failed} ${remedy === undefined ? 'another change took its place' : showSentence(remedy.message)}`,
        ...(remedy === undefined ? [] : [`    ${marks.remedy} ${showSentence(remedy.remedy)}`]),
        'Given up; senders find what they found before.',
      ];
    }
    case 'under-way':
      return [
        'Not done yet; the service carries on, and senders find what they found before until the id is changed.',
        `  ${marks.remedy} sekisho publish status ${domain}`,
      ];
    case 'gone':
      return [
        'The service cannot be asked any more; it carries on with this change when it runs again.',
      ];
  }
}
