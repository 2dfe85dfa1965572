import { type Domain, parseDomain } from '@sekisho/spec';
import { type AnswerForm, formatAnswer, formFor } from '../../apply/index.ts';
import type { PolicyAnswer } from '../../discover/index.ts';
import { toAscii } from '../../io/idn/index.ts';
import type { PolicyStore } from '../../discover/store/index.ts';
import { postfixVersion } from '../postfix-version.ts';
import type { Engine } from './engine.ts';
import type { Route } from '../service/http-listener.ts';
import { type HttpResponse, json } from '../service/http-listener.ts';
import type { Metrics } from './metrics.ts';
import { isFetchedSince, refreshAll } from './refresh-all.ts';

export interface AdminParts {
  /** The engine in charge; a reload exchanges it. */
  readonly engine: () => Engine;
  readonly metrics: Metrics;
  readonly store: PolicyStore;
  readonly version: string;
}

/** What anybody on the admin listener may read: nothing here changes anything. */
export function createAdminRoute({ engine, metrics, store, version }: AdminParts): Route {
  const health = async (): Promise<HttpResponse> =>
    json({ status: 'ok', version, policies: await store.count() });
  const exposition = async (): Promise<HttpResponse> => {
    const { text, contentType } = await metrics.render();
    return { status: 200, contentType, body: text };
  };
  const policy = (name: string): Promise<HttpResponse> =>
    withDomain(name, async (policyDomain) => {
      const { answer } = await engine().policies.lookup(policyDomain);
      return json(describe(answer, engine()));
    });
  return (method, path) => {
    if (method !== 'GET' && method !== 'HEAD') return undefined;
    const [first, second, third] = path;
    if (path.length === 1 && first === 'healthz') return health();
    if (path.length === 1 && first === 'metrics') return exposition();
    if (path.length === 3 && first === 'v1' && second === 'policy') return policy(third ?? '');
    return undefined;
  };
}

/** What changes something; only ever served on the socket in the state directory. */
export function createControlRoute({ engine, store }: AdminParts): Route {
  const purge = (name: string): Promise<HttpResponse> =>
    withDomain(name, async (policyDomain) =>
      json({ done: (await engine().policies.purge(policyDomain)) ? 1 : 0 }),
    );
  const refresh = (name: string): Promise<HttpResponse> =>
    withDomain(name, async (policyDomain) => {
      const orderedAtMs = Date.now();
      const answer = await engine().policies.refresh(policyDomain);
      return json({ done: isFetchedSince(answer, orderedAtMs) ? 1 : 0, answer: summarise(answer) });
    });
  return (method, path) => {
    if (method !== 'POST' || path[0] !== 'v1') return undefined;
    const [, second, third = '', fourth] = path;
    if (path.length === 4 && second === 'policy' && fourth === 'purge') return purge(third);
    if (path.length === 4 && second === 'policy' && fourth === 'refresh') return refresh(third);
    if (path.length === 2 && second === 'purge-all')
      return engine()
        .policies.purgeAll()
        .then((done) => json({ done }));
    if (path.length === 2 && second === 'refresh-all')
      return refreshAll(engine().policies, store).then((count) => json(count));
    return undefined;
  };
}

async function withDomain(
  name: string,
  run: (policyDomain: Domain) => Promise<HttpResponse>,
): Promise<HttpResponse> {
  const domain = parseDomain(name, { toAscii });
  return domain.ok
    ? run(domain.value)
    : json({ error: 'not-a-domain', issues: domain.issues }, 400);
}

/** The JSON of `GET /v1/policy/{domain}`: the decision, and what Postfix would be told. */
function describe(answer: PolicyAnswer, { settings }: Engine): Record<string, unknown> {
  const { testing, defaultLevel } = settings.postfix;
  const { uncertainty } = settings.policies;
  const lineFor = (form: AnswerForm): string =>
    formatAnswer(answer, form, { testing, defaultLevel, uncertainty }, Date.now()).line;
  return {
    ...summarise(answer),
    postfix: {
      sts: lineFor(formFor(postfixVersion(settings))),
      'sts-tlsrpt': lineFor('sts-attributes'),
    },
  };
}

function summarise(answer: PolicyAnswer): Record<string, unknown> {
  const { policyDomain } = answer;
  if (answer.kind !== 'policy')
    return { domain: policyDomain, result: answer.kind, because: answer.because };
  const { policy, id, body, fetchedAtMs, expiresAtMs } = answer;
  return {
    domain: policyDomain,
    result: 'policy',
    id,
    mode: policy.mode,
    mx: policy.mx,
    maxAgeSeconds: policy.maxAgeSeconds,
    fetchedAt: new Date(fetchedAtMs).toISOString(),
    expiresAt: new Date(expiresAtMs).toISOString(),
    body,
  };
}
