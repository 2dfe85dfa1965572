import type { Domain } from '@sekisho/spec';
import type { Order, OrderOutcome, PolicyWish } from '../../../publish/index.ts';
import { wantsColours } from '../../colours.ts';
import { loadSettings } from '../../config/index.ts';
import type { RollbackRequest, SetRequest } from '../../publish/protocol.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { createPaint } from '../text/paint.ts';
import { UsageError } from '../usage-error.ts';
import type { OrderOptions, RollbackOptions, SetOptions } from './order-commands.ts';
import { createPublishClient } from './publish-client.ts';
import { readPublishedDomain } from './read-domain.ts';
import { reportOutcome } from './report-outcome.ts';
import { tellNotTaken, tellUnavailable } from './tell.ts';
import { findWho } from './who.ts';
import { readWish } from './wish.ts';

type Verb = 'set' | 'rollback' | 'leave' | 'remove' | 'abandon';

function readOrder(context: CliContext, options: OrderOptions & { readonly force?: true }): Order {
  const { override = [], force, reason } = options;
  if ((override.length > 0 || force === true) && (reason ?? '').trim() === '')
    throw new UsageError(
      `${force === true ? '--force' : '--override'} needs --reason: the history keeps who overrode what, and why`,
    );
  return {
    by: findWho(context.environment),
    ...(override.length > 0 ? { overrides: override.flatMap((codes) => codes.split(',')) } : {}),
    ...(force === true ? { force } : {}),
    ...(reason === undefined ? {} : { reason }),
  };
}

async function send(
  context: CliContext,
  { domain, verb, body }: { readonly domain: Domain; readonly verb: Verb; readonly body: object },
  options: OrderOptions,
): Promise<ExitCode> {
  const client = createPublishClient(loadSettings(context).settings);
  const answer = await client.ask('POST', `/v1/domains/${domain}/${verb}`, body);
  if (answer === undefined) return tellUnavailable(context, client);
  if (answer.status !== 200) return tellNotTaken(context, answer);
  const paint = createPaint(wantsColours(context.stdout, context.environment));
  return reportOutcome(answer.body as OrderOutcome, {
    context,
    client,
    domain,
    paint,
    wait: options.wait,
    json: options.json === true,
    canForce: verb === 'set',
  });
}

/** `sekisho publish set DOMAIN` */
export async function setPolicy(
  context: CliContext,
  text: string,
  options: SetOptions,
): Promise<ExitCode> {
  const domain = readPublishedDomain(context, text);
  const order = readOrder(context, options);
  const read = readWish(options);
  if (!read.ok) {
    context.stderr.write(`sekisho: ${read.problem}\n`);
    return EXIT.refused;
  }
  const wish: PolicyWish = read.wish;
  return send(
    context,
    { domain, verb: 'set', body: { wish, order } satisfies SetRequest },
    options,
  );
}

function readNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/u.test(text)) return Number(text);
  throw new UsageError(`--to: given is "${text}"; allowed is the number of a version`);
}

/** `sekisho publish rollback DOMAIN` */
export async function rollBack(
  context: CliContext,
  text: string,
  options: RollbackOptions,
): Promise<ExitCode> {
  const domain = readPublishedDomain(context, text);
  const { to } = options;
  const body: RollbackRequest = {
    order: readOrder(context, options),
    ...(to === undefined ? {} : { to: readNumber(to) }),
  };
  return send(context, { domain, verb: 'rollback', body }, options);
}

function plainOrder(verb: Verb) {
  return async (context: CliContext, text: string, options: OrderOptions): Promise<ExitCode> => {
    const domain = readPublishedDomain(context, text);
    return send(context, { domain, verb, body: { order: readOrder(context, options) } }, options);
  };
}

/** `sekisho publish leave DOMAIN` */
export const leave = plainOrder('leave');

/** `sekisho publish remove DOMAIN` */
export const remove = plainOrder('remove');

/** `sekisho publish abandon DOMAIN` */
export const abandon = plainOrder('abandon');
