import type { Domain } from '@sekisho/spec';
import { loadSettings, type Settings } from '../../config/index.ts';
import { placeOf } from '../../state/index.ts';
import { type ControlAnswer, postControl } from './control-client.ts';
import { openStoreForWriting } from './open-store.ts';
import type { CacheOptions } from './run-read.ts';
import type { CliContext } from '../cli-context.ts';
import { readDomainArgument } from '../domain-argument.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { formatMoment } from '../text/time.ts';
import { UsageError } from '../usage-error.ts';

/** Options of `purge` and `refresh`. */
export interface CacheChangeOptions extends CacheOptions {
  readonly all?: true;
}

/** One domain, or all of them. */
type Target = { readonly domain: Domain } | { readonly all: true };

function readTarget(text: string | undefined, { all }: CacheChangeOptions): Target {
  if ((text === undefined) === (all !== true))
    throw new UsageError('give either a domain or --all');
  return text === undefined ? { all: true } : { domain: readDomainArgument(text) };
}

function toPath(target: Target, verb: 'purge' | 'refresh'): string {
  return 'all' in target ? `/v1/${verb}-all` : `/v1/policy/${target.domain}/${verb}`;
}

/** Without a daemon nobody else writes to the store. */
async function purgeStore(settings: Settings, target: Target): Promise<number> {
  const store = await openStoreForWriting(settings);
  if (store === undefined) return 0;
  try {
    const nowMs = Date.now();
    if ('all' in target) return await store.removeAll(nowMs);
    return (await store.remove(target.domain, 'purged', nowMs)) ? 1 : 0;
  } finally {
    await store.close();
  }
}

function doneOf(answer: ControlAnswer): number {
  return typeof answer['done'] === 'number' ? answer['done'] : 0;
}

function countPolicies(count: number): string {
  return count === 1 ? '1 policy' : `${String(count)} policies`;
}

function describePurge(done: number, target: Target): string {
  if (!('all' in target))
    return done === 0 ? `nothing is kept of ${target.domain}` : `${target.domain}: forgotten`;
  return `${countPolicies(done)} forgotten`;
}

/** `sekisho cache purge` */
export async function purge(
  context: CliContext,
  text: string | undefined,
  options: CacheChangeOptions,
): Promise<ExitCode> {
  const target = readTarget(text, options);
  const { settings } = loadSettings(context);
  const answer = await postControl(settings, toPath(target, 'purge'));
  const done = answer === undefined ? await purgeStore(settings, target) : doneOf(answer);
  const sentence = describePurge(done, target);
  context.stdout.write(options.json === true ? `${JSON.stringify({ done })}\n` : `${sentence}\n`);
  return done === 0 && 'domain' in target ? EXIT.notFound : EXIT.ok;
}

interface Refreshed {
  readonly sentence: string;
  readonly exitCode: ExitCode;
}

function describeRefresh(
  domain: Domain,
  answer: Record<string, unknown>,
  startedAtMs: number,
): Refreshed {
  const { result, because, id, mode, fetchedAt } = answer as Readonly<Record<string, string>>;
  if (result === 'policy') {
    const fetchedAtMs = Date.parse(fetchedAt ?? '');
    const fresh = fetchedAtMs >= startedAtMs;
    const moment = formatMoment(fetchedAtMs, Date.now());
    return fresh
      ? { sentence: `${domain}: fetched; id ${id ?? ''}, mode ${mode ?? ''}`, exitCode: EXIT.ok }
      : {
          sentence: `${domain}: cannot be fetched now; the policy fetched ${moment} stays in force`,
          exitCode: EXIT.temporary,
        };
  }
  if (result === 'no-policy')
    return { sentence: `${domain}: no policy (${because ?? ''})`, exitCode: EXIT.notFound };
  return { sentence: `${domain}: uncertain (${because ?? ''})`, exitCode: EXIT.temporary };
}

function refreshedOf(target: Target, answer: ControlAnswer, startedAtMs: number): Refreshed {
  if ('domain' in target) {
    return describeRefresh(
      target.domain,
      (answer['answer'] ?? {}) as Record<string, unknown>,
      startedAtMs,
    );
  }
  const { done = 0, failed = 0 } = answer as { readonly done?: number; readonly failed?: number };
  return {
    sentence: `${countPolicies(done)} fetched, ${String(failed)} failed`,
    exitCode: failed === 0 ? EXIT.ok : EXIT.temporary,
  };
}

/** `sekisho cache refresh` */
export async function refresh(
  context: CliContext,
  text: string | undefined,
  options: CacheChangeOptions,
): Promise<ExitCode> {
  const target = readTarget(text, options);
  const { settings } = loadSettings(context);
  const startedAtMs = Date.now();
  const answer = await postControl(settings, toPath(target, 'refresh'));
  if (answer === undefined) {
    context.stderr.write(
      `sekisho: the daemon of ${placeOf(settings, 'sender').directory} is not running; only it fetches policies\n`,
    );
    return EXIT.unavailable;
  }
  const { sentence, exitCode } = refreshedOf(target, answer, startedAtMs);
  context.stdout.write(options.json === true ? `${JSON.stringify(answer)}\n` : `${sentence}\n`);
  return exitCode;
}
