import type { Domain } from '@sekisho/spec';
import type { Resolver } from '../../../io/dns/index.ts';
import type { PublishStore } from '../../../publish/store/index.ts';
import { type MigrationPlan, planMigration } from '../../../publish/index.ts';
import type { CliContext } from '../cli-context.ts';
import { readDomainArgument } from '../domain-argument.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { showRemote, showSentence } from '../text/remote-text.ts';
import { formatTable } from '../text/table.ts';
import { formatTime } from '../text/time.ts';
import { readPublishedDomain } from '../domain-argument.ts';
import { type TextStyle, styleFor } from '../text/style.ts';
import { writeUnknown } from './write-failure.ts';
import { formatOutput } from '../text/to-json.ts';
import { withReader } from './with-reader.ts';

/** Options of `sekisho publish plan`. */
export interface PlanOptions {
  readonly json?: true;
  readonly mx: readonly string[];
}

/** A cache shows only what is left of a TTL, so a day is reckoned with at least. */
const LEAST_MX_TTL_SECONDS = 86_400;
const MOST_FETCHES = 10_000;

interface LiveMx {
  readonly hosts: readonly string[];
  readonly ttlSeconds: number;
}

async function lookupMx(resolver: Resolver, domain: Domain): Promise<LiveMx | string> {
  const found = await resolver.lookupMx(domain);
  if (found.kind === 'failure') return found.message;
  const hosts = found.records.map(({ exchange }) => exchange).filter((host) => host !== '');
  return { hosts, ttlSeconds: Math.max(found.ttlSeconds ?? 0, LEAST_MX_TTL_SECONDS) };
}

async function plan(
  store: PublishStore,
  domain: Domain,
  {
    live,
    newMx,
    ttlSeconds,
  }: {
    readonly live: LiveMx;
    readonly newMx: readonly string[];
    readonly ttlSeconds: number;
  },
): Promise<MigrationPlan | undefined> {
  const found = await store.getDomain(domain);
  if (found === undefined) return undefined;
  const versions = await store.listVersions(domain);
  return planMigration({
    versions,
    announced: versions.find(({ number }) => number === found.announced),
    liveMx: live.hosts,
    newMx,
    nowMs: Date.now(),
    txtTtlSeconds: ttlSeconds,
    mxTtlSeconds: live.ttlSeconds,
    fetches: await store.listFetches(domain, 0, MOST_FETCHES),
  });
}

const EFFECTS = {
  deliver: 'delivers',
  'deliver-and-report': 'delivers, reports',
  refuse: 'refuses',
};

function renderHolders({ holders }: MigrationPlan, { paint }: TextStyle): string[] {
  if (holders.length === 0) return [];
  const rows = holders.flatMap(({ version, untilMs, hosts }) =>
    hosts.map(({ mxHost, does }, index) => [
      index === 0 ? `version ${String(version.number)}, ${version.mode}` : '',
      index === 0
        ? untilMs === undefined
          ? 'while it is served'
          : `until ${formatTime(untilMs)}`
        : '',
      showRemote(mxHost),
      does === 'refuse' ? paint.bad(EFFECTS[does]) : EFFECTS[does],
    ]),
  );
  const lines = formatTable(rows).map((line) => `  ${line}`);
  return ['', paint.strong('What a sender does that holds'), ...lines];
}

function renderPlan(domain: Domain, found: MigrationPlan, style: TextStyle): string {
  const { paint, marks } = style;
  const steps = found.steps.map(
    ({ message }, index) => `  ${String(index + 1)}. ${showSentence(message)}`,
  );
  const lines = [
    `${paint.strong(domain)}: ${showSentence(found.summary)}`,
    ...found.warnings.map((warning) => `  ${marks.failed} ${showSentence(warning)}`),
    ...(steps.length === 0 ? [] : ['', ...steps]),
    ...renderHolders(found, style),
  ];
  return `${lines.join('\n')}\n`;
}

/** `sekisho publish plan DOMAIN --mx HOST …` */
export function showPlan(
  context: CliContext,
  text: string,
  { mx, json }: PlanOptions,
): Promise<ExitCode> {
  const domain = readPublishedDomain(context, text);
  const newMx = mx.flatMap((item) => item.split(',')).map(readDomainArgument);
  return withReader(context, async ({ store, resolver, settings }) => {
    const live = await lookupMx(resolver, domain);
    if (typeof live === 'string') {
      context.stderr.write(
        `sekisho: the MX hosts of ${domain} cannot be looked up: ${showSentence(live)}\n`,
      );
      return EXIT.temporary;
    }
    const { ttlSeconds } = settings.publish.dns;
    const found = await plan(store, domain, { live, newMx, ttlSeconds });
    if (found === undefined) return writeUnknown(context, domain);
    context.stdout.write(
      json === true
        ? formatOutput({ domain, ...found })
        : renderPlan(domain, found, styleFor(context)),
    );
    return EXIT.ok;
  });
}
