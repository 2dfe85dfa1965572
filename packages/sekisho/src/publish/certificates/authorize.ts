import {
  type AcmeAccount,
  type AcmeAuthorization,
  type ChallengeKind,
  createChallengeCertificate,
} from '../../io/acme/index.ts';
import type { Clock } from '../../io/clock/index.ts';
import type { ChallengeResponder } from './challenge-responder.ts';
import { demand, OrderFault } from './order-fault.ts';
import type { Poller } from './poll-until.ts';

type Challenge = AcmeAuthorization['challenges'][number];

/** What answering an authorization needs. */
export interface AuthorizeContext {
  readonly account: AcmeAccount;
  readonly challenges: ChallengeResponder;
  readonly clock: Clock;
  readonly poller: Poller;
  /** In order of preference. */
  readonly kinds: readonly ChallengeKind[];
}

/**
 * Shows the authority that a name is ours (RFC 8555 §7.5.1): puts one challenge up, says so, waits for the verdict, takes
 * it down.
 *
 * @throws OrderFault when the authority is not convinced.
 */
export async function authorize(
  url: string,
  hostName: string,
  context: AuthorizeContext,
): Promise<void> {
  const ask = async (): Promise<AcmeAuthorization> =>
    demand(await context.account.getAuthorization(url), 'read the authorization');
  const authorization = await ask();
  if (authorization.hostName !== hostName)
    throw new OrderFault('malformed', 'The authority speaks of another name than ours');
  if (authorization.status === 'pending') {
    const challenge = choose(authorization, context.kinds);
    const takeDown = putUp(challenge, hostName, context);
    try {
      await answer(challenge, context.account);
      const judged = await context.poller.until(ask, isJudged, 'looked at the challenge');
      assertValid(judged, hostName, challenge.kind);
    } finally {
      takeDown();
    }
  } else assertValid(authorization, hostName);
}

/** One that was answered before a restart is being looked at already. */
async function answer({ status, url }: Challenge, account: AcmeAccount): Promise<void> {
  if (status === 'pending') demand(await account.answerChallenge(url), 'answer the challenge');
}

function choose({ challenges }: AcmeAuthorization, kinds: readonly ChallengeKind[]): Challenge {
  const running = challenges.find(({ status }) => status === 'processing');
  const [wanted] = kinds.flatMap((kind) => challenges.filter((each) => each.kind === kind));
  const chosen = running ?? wanted;
  if (chosen !== undefined) return chosen;
  throw new OrderFault('no-challenge', `The authority offers none of ${kinds.join(', ')}`);
}

function isJudged({ status }: AcmeAuthorization): boolean {
  return status !== 'pending';
}

function assertValid(
  { status, error = 'no reason given' }: AcmeAuthorization,
  hostName: string,
  kind?: ChallengeKind,
): void {
  if (status === 'valid') return;
  const way = kind === undefined ? '' : ` by ${kind}`;
  throw new OrderFault(
    'validation-failed',
    `The authority does not see that "${hostName}" is ours${way}: ${error}`,
  );
}

function putUp(
  { kind, token }: Challenge,
  hostName: string,
  { account, challenges, clock }: AuthorizeContext,
): () => void {
  const keyAuthorization = account.keyAuthorization(token);
  if (kind === 'http-01') {
    challenges.addHttp(hostName, token, keyAuthorization);
    return () => challenges.removeHttp(hostName, token);
  }
  challenges.addAlpn(hostName, createChallengeCertificate(hostName, keyAuthorization, clock.now()));
  return () => challenges.removeAlpn(hostName);
}
