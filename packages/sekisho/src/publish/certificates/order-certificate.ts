import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import type { Domain } from '@sekisho/spec';
import {
  type AcmeAccount,
  type AcmeOrder,
  type ChallengeKind,
  createCertificateRequest,
} from '../../io/acme/index.ts';
import type { Clock } from '../../io/clock/index.ts';
import type { KeyFiles, PemPair } from '../../io/key-files/index.ts';
import type { AccountHolder } from './account-holder.ts';
import { authorize } from './authorize.ts';
import type { ChallengeResponder } from './challenge-responder.ts';
import { demand, OrderFault } from './order-fault.ts';
import { createPoller, type Poller } from './poll-until.ts';

/** A certificate that is wanted. */
export interface OrderTask {
  /** Names the files. */
  readonly domain: Domain;
  readonly host: Domain;
  /**
   * The kinds of challenge by which the name is found to be ours, in order of preference; at least one. Asked only when
   * the authority is about to look.
   *
   * @throws OrderFault `not-pointing-here`.
   */
  readonly findKinds: () => Promise<readonly ChallengeKind[]>;
  /** An order that was begun earlier and may still be good. */
  readonly orderUrl?: string | undefined;
  /** RFC 9773 §5. */
  readonly replaces?: string | undefined;
  /** Is told the order's URL, and waited for, before anything is done with the order. */
  readonly noteOrder: (url: string) => Promise<void>;
}

export interface OrderContext {
  readonly accounts: AccountHolder;
  readonly files: KeyFiles;
  readonly challenges: ChallengeResponder;
  readonly clock: Clock;
  /** For one order from beginning to end. */
  readonly orderMs: number;
  /** Breaks off what is waited for. */
  readonly signal: AbortSignal;
}

/** After these the same order may still become a certificate. */
const TEMPORARY: ReadonlySet<string> = new Set([
  'unreachable',
  'timeout',
  'tls',
  'malformed',
  'rate-limited',
  'server',
  'order-not-ready',
  'not-pointing-here',
]);

/** Whether an order that failed so is worth another try, rather than a new order. */
export function mayResume(code: string): boolean {
  return TEMPORARY.has(code);
}

/**
 * Gets a certificate with a new key (RFC 8555 §7.4). The key is on the disk and the order's URL noted before the order is
 * finalised, so that whoever is killed at any moment takes up the same order again, and downloads what was issued
 * meanwhile.
 *
 * @throws OrderFault when the authority does not give one. @throws {IoError} of the files.
 */
export async function orderCertificate(task: OrderTask, context: OrderContext): Promise<PemPair> {
  try {
    return await tryOrder(task, context);
  } catch (error) {
    if (!(error instanceof OrderFault) || error.code !== 'account-unknown') throw error;
    // The authority has lost our account; its orders went with it.
    context.accounts.forget();
    return tryOrder({ ...task, orderUrl: undefined }, context);
  }
}

interface Begun {
  readonly order: AcmeOrder;
  readonly keyPem: string;
}

async function tryOrder(task: OrderTask, context: OrderContext): Promise<PemPair> {
  if (task.orderUrl === undefined) await task.findKinds();
  const account = await context.accounts.open();
  const poller = createPoller(context.clock, context.orderMs, context.signal);
  const begun = (await resume(task, account, context)) ?? (await begin(task, account, context));
  const ready = await makeReady(begun.order, task, { ...context, account, poller });
  const finished = await finish(ready, begun.keyPem, { task, account, poller });
  return { keyPem: begun.keyPem, chainPem: await download(finished, account) };
}

/** Undefined where there is nothing to resume: no order, no key to it, or one that came to nothing. */
async function resume(
  { domain, host, orderUrl }: OrderTask,
  account: AcmeAccount,
  { files }: OrderContext,
): Promise<Begun | undefined> {
  const keyPem = await files.loadPendingKey(domain);
  if (orderUrl === undefined || keyPem === undefined) return undefined;
  const result = await account.getOrder(orderUrl);
  if (result.kind === 'failure' && !mayResume(result.code) && result.code !== 'account-unknown')
    return undefined;
  const order = demand(result, 'read the order');
  return order.status === 'invalid' || !isFor(order, host) ? undefined : { order, keyPem };
}

function isFor({ hostNames }: AcmeOrder, host: Domain): boolean {
  return hostNames.length === 1 && hostNames[0] === host;
}

async function begin(
  { domain, host, replaces, noteOrder, findKinds }: OrderTask,
  account: AcmeAccount,
  { files }: OrderContext,
): Promise<Begun> {
  await findKinds();
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  await files.savePendingKey(domain, keyPem);
  const order = demand(await createOrder(account, host, replaces), 'order a certificate');
  await noteOrder(order.url);
  return { order, keyPem };
}

/** A certificate that has been replaced already may be followed by another without saying so (RFC 9773 §5). */
async function createOrder(account: AcmeAccount, host: Domain, replaces: string | undefined) {
  if (replaces === undefined) return account.createOrder(host);
  const result = await account.createOrder(host, { replaces });
  const isRefused =
    result.kind === 'failure' && ['already-replaced', 'refused', 'not-found'].includes(result.code);
  return isRefused ? account.createOrder(host) : result;
}

interface Steps {
  readonly account: AcmeAccount;
  readonly poller: Poller;
}

async function makeReady(
  order: AcmeOrder,
  { host, findKinds }: OrderTask,
  context: OrderContext & Steps,
): Promise<AcmeOrder> {
  if (order.status !== 'pending') return order;
  const kinds = await findKinds();
  for (const url of order.authorizationUrls) await authorize(url, host, { ...context, kinds });
  const { account, poller } = context;
  return poller.until(
    async () => demand(await account.getOrder(order.url), 'read the order'),
    ({ status }) => status !== 'pending',
    'made the order ready',
  );
}

async function finish(
  order: AcmeOrder,
  keyPem: string,
  { task, account, poller }: Steps & { readonly task: OrderTask },
): Promise<AcmeOrder> {
  if (order.status === 'ready') {
    const csr = createCertificateRequest(task.host, createPrivateKey(keyPem));
    const finalized = demand(await account.finalize(order, csr), 'finalise the order');
    if (finalized.status === 'valid') return finalized;
  }
  return poller.until(
    async () => demand(await account.getOrder(order.url), 'read the order'),
    ({ status }) => status === 'valid' || status === 'invalid',
    'issued the certificate',
  );
}

async function download(order: AcmeOrder, account: AcmeAccount): Promise<string> {
  if (order.certificateUrl === undefined)
    throw new OrderFault(
      'refused',
      `The authority gave up the order: ${order.error ?? 'no reason given'}`,
    );
  return demand(await account.download(order.certificateUrl), 'download the certificate');
}
