import type { Domain } from '@sekisho/spec';
import { userInfo } from 'node:os';
import type { Order, OrderOutcome, PolicyWish } from '../../../publish/index.ts';
import { wantsColours } from '../../colours.ts';
import { loadSettings } from '../../config/index.ts';
import type { RollbackRequest, SetRequest } from '../../control/publish.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { createPaint } from '../text/style.ts';
import { UsageError } from '../usage-error.ts';
import { createPublishClient } from '../service-client.ts';
import { readPublishedDomain } from '../domain-argument.ts';
import { reportOutcome } from './report-outcome.ts';
import { writeNotTaken, writeUnavailable } from './write-failure.ts';
import { type PolicyOptions, readPolicyOptions } from './read-policy-options.ts';

/** What may be said with every order. */
export interface OrderOptions {
  readonly reason?: string;
  readonly override?: readonly string[];
  readonly wait: boolean;
  readonly json?: true;
}

/** Options of `sekisho publish set`. */
export interface SetOptions extends OrderOptions, PolicyOptions {
  readonly force?: true;
}

/** Options of `sekisho publish rollback`. */
export interface RollbackOptions extends OrderOptions {
  readonly to?: string;
}

/** Who gives an order: the one behind sudo, else the user of this process. */
function findUser(environment: Readonly<Record<string, string | undefined>>): string {
  const { SUDO_USER: behind = '' } = environment;
  if (behind !== '') return behind;
  try {
    return userInfo().username;
  } catch (error) {
    // A user id that no name belongs to, as in containers.
    if ((error as NodeJS.ErrnoException).syscall === 'uv_os_get_passwd')
      return `uid ${String(process.getuid?.() ?? '')}`;
    throw error;
  }
}

type Verb = 'set' | 'rollback' | 'leave' | 'remove' | 'abandon';

function readOrder(context: CliContext, options: OrderOptions & { readonly force?: true }): Order {
  const { override = [], force, reason } = options;
  if ((override.length > 0 || force === true) && (reason ?? '').trim() === '')
    throw new UsageError(
      `${force === true ? '--force' : '--override'} needs --reason: the history keeps who overrode what, and why`,
    );
  return {
    by: findUser(context.environment),
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
  if (answer === undefined) return writeUnavailable(context, client);
  if (answer.status !== 200) return writeNotTaken(context, answer);
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
  const read = readPolicyOptions(options);
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
