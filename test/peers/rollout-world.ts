import type { Domain } from '@sekisho/spec';
import { AlertBook } from '../../packages/sekisho/src/alert/index.ts';
import { createFakeClock, type FakeClock } from '../../packages/sekisho/src/io/clock/index.ts';
import { fakeAnswer } from '../../packages/sekisho/src/io/dns/index.ts';
import { createFakeZone, type FakeZone } from '../../packages/sekisho/src/io/dns-update/index.ts';
import { createFakePolicyClient } from '../../packages/sekisho/src/io/https/index.ts';
import { createMemoryLog, type MemoryLog } from '../../packages/sekisho/src/io/log/index.ts';
import {
  openMemoryPublishStore,
  type PublishStore,
} from '../../packages/sekisho/src/publish/store/index.ts';
import {
  PUBLISH_ALERTS,
  type PublishAlertCode,
} from '../../packages/sekisho/src/publish/alerts/index.ts';
import type { Gate } from '../../packages/sekisho/src/publish/gates/gate.ts';
import {
  createRollout,
  type Rollout,
  type RolloutObservation,
  type RolloutOptions,
} from '../../packages/sekisho/src/publish/rollout/index.ts';

/** The domain of the world's zone. */
export const DOMAIN = 'example.test' as Domain;
export const RECORD = `_mta-sts.${DOMAIN}`;

/** What goes wrong with updates: refused, no answer, or carried out with the answer lost. */
export type UpdateFault = 'refused' | 'failed' | 'answer-lost';

/** Everything around a rollout: a policy host that gives out what the store says, a zone, a clock. */
export interface RolloutWorld {
  readonly clock: FakeClock;
  readonly store: PublishStore;
  readonly zone: FakeZone;
  readonly log: MemoryLog;
  readonly alerts: AlertBook<PublishAlertCode>;
  readonly observations: readonly RolloutObservation[];
  /** Domains of which the host was told that what it gives out has changed. */
  readonly told: readonly Domain[];
  /** To be changed by tests. */
  readonly faults: {
    host: 'tls-certificate-not-trusted' | 'other-body' | 'hangs' | undefined;
    update: UpdateFault | undefined;
    byHand: boolean;
    gates: readonly Gate[];
  };
  setMx(...hosts: readonly string[]): void;
  /** A new rollout over the same store, as after a restart. */
  build(options?: Partial<RolloutOptions>): Rollout;
  /** A new rollout that is killed at its n-th use of anything outside, before it or after; what it waits for never comes. */
  buildMortal(
    calls: number,
    when: 'before' | 'after',
  ): { readonly rollout: Rollout; readonly dead: Promise<void> };
  /** Ids that the name servers show now, each once. */
  shownIds(): Promise<readonly string[]>;
}

/** Makes a world; `check` is called after every use of anything outside. */
export async function createRolloutWorld(check?: () => Promise<void>): Promise<RolloutWorld> {
  const clock = createFakeClock();
  const store = await openMemoryPublishStore();
  const zone = createFakeZone({ zone: DOMAIN });
  const log = createMemoryLog();
  const alerts = await AlertBook.open({ store, clock, log, rules: PUBLISH_ALERTS });
  const observations: RolloutObservation[] = [];
  const told: Domain[] = [];
  const faults: RolloutWorld['faults'] = {
    host: undefined,
    update: undefined,
    byHand: false,
    gates: [],
  };
  const client = createFakePolicyClient();
  const setMx = (...hosts: readonly string[]): void =>
    zone.resolver.set(
      `mx ${DOMAIN}`,
      fakeAnswer(hosts.map((exchange, at) => ({ preference: at, exchange }))),
    );
  setMx('mx1.example.test', 'mx2.example.test');

  const parts: RolloutOptions = {
    clock,
    store,
    log,
    alerts,
    resolver: zone.resolver,
    authorities: zone.authorities,
    policyClient: {
      async fetchPolicyBody(domain, options) {
        const served = await store.getServed(domain);
        if (faults.host === 'hangs') {
          await aborted(options?.signal);
          client.answer(domain, { failure: 'deadline' });
        } else if (faults.host === 'other-body') client.answer(domain, { body: 'another' });
        else if (faults.host !== undefined) client.answer(domain, { failure: faults.host });
        else client.answer(domain, served ? { body: served.body } : { failure: 'http-status' });
        return client.fetchPolicyBody(domain, options);
      },
    },
    updater: {
      async replaceTxt(change) {
        if (faults.byHand) return { kind: 'by-hand' };
        if (faults.update === 'refused') {
          return { kind: 'refused', code: 'tsig', message: 'NOTAUTH (BADKEY)' };
        }
        if (faults.update !== 'failed') await zone.updater.replaceTxt(change);
        return faults.update === undefined
          ? { kind: 'done' }
          : { kind: 'failed', code: 'timeout', message: 'no answer' };
      },
    },
    announceName: async (domain) => ({ kind: 'name', name: `_mta-sts.${domain}` }),
    gatesOf: async () => faults.gates,
    servedChanged: (domain) => void told.push(domain),
    observe: (observation) => void observations.push(observation),
  };

  return {
    clock,
    store,
    zone,
    log,
    alerts,
    observations,
    told,
    faults,
    setMx,
    build: (options) => createRollout({ ...parts, ...options }),
    buildMortal(calls, when) {
      let left = calls;
      const death = Promise.withResolvers<void>();
      const mortal = <Port extends object>(port: Port): Port =>
        new Proxy(port, {
          get:
            (target, key) =>
            async (...args: readonly unknown[]) => {
              left -= 1;
              const isLast = left <= 0;
              if (left < 0 || (isLast && when === 'before')) return die(death.resolve);
              const call = Reflect.get(target, key) as (...given: readonly unknown[]) => unknown;
              const result = await call(...args);
              await check?.();
              return isLast ? die(death.resolve) : result;
            },
        });
      const rollout = createRollout({
        ...parts,
        store: mortal(store),
        policyClient: mortal(parts.policyClient),
        updater: mortal(parts.updater),
        authorities: mortal(parts.authorities),
        resolver: mortal(parts.resolver),
      });
      return { rollout, dead: death.promise };
    },
    async shownIds() {
      const lookup = await zone.authorities.lookupTxt(RECORD);
      const answers = lookup.kind === 'asked' ? lookup.answers : [];
      const texts = answers.flatMap(({ result }) =>
        result.kind === 'answer' ? result.records : [],
      );
      return [...new Set(texts.map((text) => /id=(\w+)/.exec(text)?.[1] ?? text))];
    },
  };
}

function die(tell: () => void): Promise<never> {
  tell();
  return new Promise(() => undefined);
}

async function aborted(signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted === true) return;
  await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
}
