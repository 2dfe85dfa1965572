import { createHash, type KeyObject } from 'node:crypto';
import type {
  AcmeAccount,
  AcmeAuthorization,
  AcmeClient,
  AcmeFailure,
  AcmeOrder,
  AcmeResult,
  ChallengeKind,
  RenewalInfo,
} from './acme-client.ts';
import { publicJwk, thumbprint } from './jws.ts';

/** What is asked of the authority, for scripts of failures. */
export type FakeCall = keyof AcmeAccount | 'openAccount' | 'getRenewalInfo';

/** A certificate authority in memory. */
export interface FakeAcmeClient extends AcmeClient {
  /** Every call so far, as `createOrder mta-sts.example.test`. */
  readonly calls: readonly string[];
  readonly orders: ReadonlyMap<string, AcmeOrder>;
  /** The calls of that name, for that host name or for all, fail from now on; undefined lets them succeed again. */
  fail(call: FakeCall, failure: AcmeFailure | undefined, hostName?: string): void;
  /** Accounts, and with them their orders, are forgotten. */
  forgetAccounts(): void;
  renewalInfo: RenewalInfo | undefined;
}

/** What the fake needs of the test. */
export interface FakeAcmeOptions {
  /** Makes the chain for a certificate request (DER). */
  readonly issue: (hostName: string, csr: Buffer) => string;
  /** Whether the challenge is there to be seen. Default: always. */
  readonly look?: (challenge: {
    readonly kind: ChallengeKind;
    readonly hostName: string;
    readonly token: string;
    readonly keyAuthorization: string;
  }) => Promise<boolean> | boolean;
}

interface Entry {
  readonly order: AcmeOrder;
  readonly authorization: AcmeAuthorization;
  readonly owner: string;
  readonly chainPem?: string;
}

const BASE = 'https://ca.test';
const NOT_FOUND: AcmeFailure = { kind: 'failure', code: 'not-found', message: 'no such order' };

/** Makes an authority for tests: each order has one authorization, with http-01 and tls-alpn-01. */
export function createFakeAcmeClient({
  issue,
  look = () => true,
}: FakeAcmeOptions): FakeAcmeClient {
  const calls: string[] = [];
  const entries = new Map<string, Entry>();
  const accounts = new Set<string>();
  const failures = new Map<string, AcmeFailure>();
  let count = 0;

  const answer = async <T>(
    call: FakeCall,
    subject: string,
    run: () => T | AcmeFailure | Promise<T | AcmeFailure>,
  ): Promise<AcmeResult<T>> => {
    calls.push(`${call} ${subject}`.trim());
    const failure = failures.get(`${call} ${subject}`) ?? failures.get(call);
    const value = failure ?? (await run());
    return isFailure(value) ? value : { kind: 'done', value };
  };

  const createAccount = (key: KeyObject): AcmeAccount => {
    const owner = thumbprint(publicJwk(key));
    const nameOf = (url: string): string => entries.get(idOf(url))?.order.hostNames[0] ?? '';
    const ask = <T>(
      call: FakeCall,
      url: string,
      run: (entry: Entry, id: string) => T | AcmeFailure | Promise<T | AcmeFailure>,
    ): Promise<AcmeResult<T>> =>
      answer(call, nameOf(url), () => {
        if (!accounts.has(owner)) return UNKNOWN_ACCOUNT;
        const entry = entries.get(idOf(url));
        return entry?.owner === owner ? run(entry, idOf(url)) : NOT_FOUND;
      });
    return {
      url: `${BASE}/account/${owner}`,
      keyAuthorization: (token) => `${token}.${owner}`,
      createOrder: (hostName, options) =>
        answer('createOrder', hostName, () => {
          if (!accounts.has(owner)) return UNKNOWN_ACCOUNT;
          if (options?.replaces !== undefined) calls.push(`replaces ${options.replaces}`);
          count += 1;
          const entry = createEntry(String(count), hostName, owner);
          entries.set(String(count), entry);
          return entry.order;
        }),
      getOrder: (url) => ask('getOrder', url, ({ order }) => order),
      getAuthorization: (url) => ask('getAuthorization', url, (entry) => entry.authorization),
      answerChallenge: (url) =>
        ask('answerChallenge', url, async (entry, id) => {
          const challenge = entry.authorization.challenges.find((each) => each.url === url);
          if (challenge === undefined) return NOT_FOUND;
          const { hostName } = entry.authorization;
          const { token, kind } = challenge;
          const isThere = await look({
            kind,
            hostName,
            token,
            keyAuthorization: `${token}.${owner}`,
          });
          entries.set(id, isThere ? authorised(entry) : refused(entry));
          return undefined;
        }),
      finalize: ({ url }, csr) =>
        ask('finalize', url, (entry, id) => {
          const done = issued(entry, issue(nameOf(url), csr));
          entries.set(id, done);
          return done.order;
        }),
      download: (url) => ask('download', url, ({ chainPem }) => chainPem ?? NOT_FOUND),
    };
  };

  return {
    calls,
    get orders() {
      return new Map([...entries].map(([id, { order }]) => [id, order]));
    },
    renewalInfo: undefined,
    openAccount: (key) =>
      answer('openAccount', '', () => {
        accounts.add(thumbprint(publicJwk(key)));
        return createAccount(key);
      }),
    getRenewalInfo(certificateId) {
      return answer('getRenewalInfo', certificateId, () => this.renewalInfo);
    },
    fail(call, failure, hostName) {
      const key = hostName === undefined ? call : `${call} ${hostName}`;
      if (failure === undefined) failures.delete(key);
      else failures.set(key, failure);
    },
    forgetAccounts() {
      accounts.clear();
      entries.clear();
    },
    close: () => failures.set('openAccount', CLOSED),
  };
}

const UNKNOWN_ACCOUNT: AcmeFailure = {
  kind: 'failure',
  code: 'account-unknown',
  message: 'no such account',
};
const CLOSED: AcmeFailure = { kind: 'failure', code: 'unreachable', message: 'closed' };

function isFailure(value: unknown): value is AcmeFailure {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'failure';
}

/** URLs end in the number of the order, and in the kind of a challenge. */
function idOf(url: string): string {
  return /\/(\d+)(?:\/[\w-]+)?$/.exec(url)?.[1] ?? '';
}

function createEntry(id: string, hostName: string, owner: string): Entry {
  const order: AcmeOrder = {
    url: `${BASE}/order/${id}`,
    status: 'pending',
    hostNames: [hostName],
    authorizationUrls: [`${BASE}/authorization/${id}`],
    finalizeUrl: `${BASE}/finalize/${id}`,
  };
  const token = createHash('sha256').update(id).digest('base64url');
  const challenges = (['http-01', 'tls-alpn-01'] as const).map((kind) => ({
    kind,
    token,
    status: 'pending' as const,
    url: `${BASE}/challenge/${id}/${kind}`,
  }));
  return { order, owner, authorization: { hostName, status: 'pending', challenges } };
}

function authorised({ order, authorization, owner }: Entry): Entry {
  return {
    owner,
    order: { ...order, status: 'ready' },
    authorization: { ...authorization, status: 'valid' },
  };
}

function refused({ order, authorization, owner }: Entry): Entry {
  const error = 'unauthorized: what was found is not the key authorization';
  return {
    owner,
    order: { ...order, status: 'invalid' },
    authorization: { ...authorization, status: 'invalid', error },
  };
}

function issued({ order, authorization, owner }: Entry, chainPem: string): Entry {
  const certificateUrl = order.url.replace('/order/', '/certificate/');
  return { owner, authorization, chainPem, order: { ...order, status: 'valid', certificateUrl } };
}
