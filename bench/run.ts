/**
 * The benchmark: prints what Sekisho's answers cost, beside servers that only send a constant and beside
 * Debian's postfix-mta-sts-resolver. docs/performance.md explains the figures.
 */
import { writeFileSync } from 'node:fs';
import { type Bench, withBench, withChildren } from './harness/bench.ts';
import { buildLoadTools } from './harness/load.ts';
import { buildTlsLoad } from './harness/publish-load.ts';
import { measureCold } from './measure/cold.ts';
import { measureCollect } from './measure/collect.ts';
import { measureIntake } from './measure/intake.ts';
import { measureMemory } from './measure/memory.ts';
import { measurePause } from './measure/pause.ts';
import { measurePublish } from './measure/publish.ts';
import { measureReady } from './measure/ready.ts';
import type { Results } from './measure/results.ts';
import { measureScale } from './measure/scale.ts';
import { createStores } from './measure/stores.ts';
import { measureWarm } from './measure/warm.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { describeRun } from './report/machine.ts';
import { formatReport } from './report/report.ts';
import { missingDaemons, startWorld } from './world/world.ts';

const WORLD_DOMAINS = 2000;
const USAGE_EXIT = 64;

type Tools = ReturnType<typeof buildLoadTools>;

/** What needs the closed world: lookups of unknown domains, and refreshing. */
function measureInWorld(bench: Bench, { parts }: Options, tools: Tools): Promise<Results> {
  return withChildren(async (children) => {
    bench.say(`world: DNS and policy hosts of ${String(WORLD_DOMAINS)} domains`);
    const world = await startWorld(bench, children, WORLD_DOMAINS);
    return {
      ...(parts.has('cold') ? { cold: await measureCold(bench, world) } : {}),
      ...(parts.has('pause') ? { pause: await measurePause(bench, world, tools.smapconst) } : {}),
    };
  });
}

async function measureAlone(bench: Bench, { parts }: Options, tools: Tools): Promise<Results> {
  const stores = createStores(bench);
  return {
    ...(parts.has('warm') ? { warm: await measureWarm(bench, tools.smapconst) } : {}),
    ...(parts.has('scale') ? { scale: await measureScale(bench, stores) } : {}),
    ...(parts.has('rss') ? { rss: await measureMemory(bench, stores) } : {}),
    ...(parts.has('ready') ? { ready: await measureReady(bench, stores) } : {}),
  };
}

/** TLS reports, both ways. */
async function measureReports(bench: Bench, { parts }: Options): Promise<Results> {
  return {
    ...(parts.has('collect') ? { collect: await measureCollect(bench) } : {}),
    ...(parts.has('intake') ? { intake: await measureIntake(bench) } : {}),
  };
}

/** Why the policy host is not measured; undefined if it is, or if nobody asked. */
function findPublishGap({ parts }: Options, missing: readonly string[]): string | undefined {
  if (!parts.has('publish')) return undefined;
  const why = missing.includes('nginx') ? 'nginx is not installed' : buildTlsLoad();
  return why === undefined ? undefined : `the policy host, since ${why}`;
}

async function main(options: Options): Promise<void> {
  const tools = buildLoadTools();
  const missing = missingDaemons();
  const needsWorld = options.parts.has('cold') || options.parts.has('pause');
  const publishGap = findPublishGap(options, missing);
  const worldGap =
    needsWorld && missing.length > 0
      ? `cold lookups and refreshing, since not installed: ${missing.join(', ')}`
      : undefined;
  const skipped = [worldGap, publishGap].filter((gap) => gap !== undefined);
  await withBench(options.rounds, async (bench) => {
    const alone = await measureAlone(bench, options, tools);
    const inWorld =
      needsWorld && worldGap === undefined ? await measureInWorld(bench, options, tools) : {};
    const isPublish = options.parts.has('publish') && publishGap === undefined;
    const publish = isPublish ? { publish: await measurePublish(bench) } : {};
    const reports = await measureReports(bench, options);
    const results = { ...alone, ...inWorld, ...publish, ...reports };
    const machine = describeRun(options.rounds, results);
    process.stdout.write(formatReport(machine, skipped, results));
    if (options.jsonFile !== undefined)
      writeFileSync(
        options.jsonFile,
        `${JSON.stringify({ machine, skipped, results }, null, 2)}\n`,
      );
  });
}

function fail(error: unknown): never {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function readCommandLine(): Options | 'help' {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return process.exit(USAGE_EXIT);
  }
}

// A child ends when the benchmark does, and it ends in order when a person stops it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => process.exit(130));

const options = readCommandLine();
if (options === 'help') process.stdout.write(USAGE);
else await main(options).catch(fail);
