import type { Domain } from '@sekisho/spec';
import { parsePostfixVersion, type PostfixVersion } from '../../../apply/index.ts';
import { IoError } from '../../../io/error.ts';
import type { PolicyStore } from '../../../discover/store/index.ts';
import { systemClock } from '../../../io/clock/index.ts';
import { createMemoryLog } from '../../../io/log/index.ts';
import { loadSettings, type Settings } from '../../config/index.ts';
import { createSettledClient, createSettledResolver } from '../../adapters.ts';
import { wantsColours } from '../../colours.ts';
import { openStoreForReading, storeFile } from '../cache/open-store.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { explain } from './explain.ts';
import type { ExplainOptions } from './explain-options.ts';
import type { DecisionStep, OnStep, Step } from './explanation.ts';
import { renderStep } from './render-step.ts';
import { createPaint } from '../text/style.ts';
import { UsageError } from '../usage-error.ts';

/** Options of `sekisho query`. */
export interface QueryOptions {
  readonly json?: true;
  readonly mx: boolean;
  readonly cached?: true;
  readonly postfix?: string;
  readonly map: string;
}

function chooseVersion({ postfix }: Settings, { postfix: wished }: QueryOptions): PostfixVersion {
  const version = parsePostfixVersion(wished ?? postfix.version);
  if (version !== undefined) return version;
  throw new UsageError(
    `--postfix: given is "${wished ?? ''}"; allowed is a version such as 3.7 or 3.10`,
  );
}

function toExplainOptions(
  settings: Settings,
  options: QueryOptions,
  store: ExplainOptions['store'],
): ExplainOptions {
  const { testing, defaultLevel, smartHosts } = settings.postfix;
  return {
    store,
    holdBackMs: settings.policies.holdBackSeconds * 1000,
    smartHosts,
    mx: options.mx,
    cachedOnly: options.cached === true,
    version: chooseVersion(settings, options),
    map: options.map,
    answers: { testing, defaultLevel, uncertainty: settings.policies.uncertainty },
  };
}

/** How `query` ends where no policy applies, by the reason; a domain that announces none is a clear answer. */
const EXIT_WITHOUT_POLICY: Readonly<Record<string, ExitCode>> = {
  'dns-unavailable': EXIT.temporary,
  'fetch-failed': EXIT.temporary,
  'held-back': EXIT.temporary,
  'record-invalid': EXIT.notFound,
  'multiple-records': EXIT.notFound,
  'not-fetched': EXIT.notFound,
};

function toExitCode(decision: DecisionStep | undefined): ExitCode {
  if (decision === undefined) return EXIT.usage;
  const { because, resultType, kind } = decision;
  if (kind === 'policy' || because === undefined) return EXIT.ok;
  // Asking again does not help where the domain has to repair its policy.
  if (resultType === 'sts-policy-invalid') return EXIT.notFound;
  return EXIT_WITHOUT_POLICY[because] ?? EXIT.ok;
}

/** Text is written as it comes; JSON at the end, as one value. */
function createWriter({ stdout, environment }: CliContext, { json }: QueryOptions) {
  const steps: Step[] = [];
  const paint = createPaint(wantsColours(stdout, environment));
  const onStep: OnStep = (step) => {
    steps.push(step);
    if (json !== true) stdout.write(renderStep(step, { nowMs: Date.now(), paint }));
  };
  const finish = (): void => {
    if (json === true) stdout.write(`${JSON.stringify({ steps }, null, 2)}\n`);
  };
  return { onStep, finish };
}

interface OpenedStore {
  readonly policies: PolicyStore | undefined;
  readonly state: ExplainOptions['store'];
}

/** Whoever may not read the store can still ask the world. */
async function openStore(settings: Settings): Promise<OpenedStore> {
  const file = storeFile(settings);
  try {
    const policies = await openStoreForReading(settings);
    const store = policies === undefined ? 'missing' : 'open';
    return { policies, state: { storeFile: file, store } };
  } catch (error) {
    if (!(error instanceof IoError)) throw error;
    const state = { storeFile: file, store: 'unreadable', problem: error.message } as const;
    return { policies: undefined, state };
  }
}

/** `sekisho query DOMAIN` */
export async function runQuery(
  context: CliContext,
  input: string,
  options: QueryOptions,
): Promise<ExitCode> {
  const { settings } = loadSettings(context);
  const { policies, state } = await openStore(settings);
  const explainOptions = toExplainOptions(settings, options, state);
  const resolver = createSettledResolver(settings, createMemoryLog());
  const client = createSettledClient(settings, resolver);
  const writer = createWriter(context, options);
  try {
    const readKept = async (policyDomain: Domain) => policies?.get(policyDomain);
    const tools = { clock: systemClock, resolver, client, readKept };
    const decision = await explain(input, tools, explainOptions, writer.onStep);
    writer.finish();
    return toExitCode(decision);
  } finally {
    client.close();
    resolver.close();
    await policies?.close();
  }
}
