import type { Domain } from '@sekisho/spec';
import type { Clock } from '../../io/clock/index.ts';
import type { Resolver } from '../../io/dns/index.ts';
import type { PolicyVersion, PublishStore } from '../store/index.ts';
import { lookupLiveMx } from './live-mx.ts';
import { evaluateGates } from './evaluate-gates.ts';
import type { Gate, ReportEvidence } from './gate.ts';

/** What the gates are judged with. */
export interface GatesOptions {
  readonly clock: Clock;
  readonly store: Pick<PublishStore, 'getDomain' | 'listVersions' | 'listProbes'>;
  readonly resolver: Pick<Resolver, 'lookupMx'>;
  /** Default: none. */
  readonly reports?: ReportEvidence;
  /** How long everything must have been well. Default 14. */
  readonly days?: number;
}

const DAY_MS = 86_400_000;

const NO_REPORTS: ReportEvidence = {
  summarise: () => Promise.resolve({ kind: 'none', because: 'No TLS reports are read here.' }),
};

/**
 * Makes what gathers the evidence about a domain and judges it: what stands between the announced version and `enforce`.
 * A domain that is not here has no gates.
 */
export function createGates(
  options: GatesOptions,
): (domain: Domain, version: PolicyVersion) => Promise<readonly Gate[]> {
  const { clock, store, resolver, reports = NO_REPORTS, days = 14 } = options;
  return async (domain, version) => {
    const nowMs = clock.now();
    const [found, versions, live, probes, summary] = await Promise.all([
      store.getDomain(domain),
      store.listVersions(domain),
      lookupLiveMx(resolver, domain, new AbortController().signal),
      // Two days more, so that the first look before the span is among them.
      store.listProbes(domain, nowMs - (days + 2) * DAY_MS),
      reports.summarise(domain, nowMs - days * DAY_MS),
    ]);
    if (found === undefined) return [];
    const evidence = { nowMs, days, version, versions, live, probes, reports: summary };
    return evaluateGates({ ...evidence, domain: found });
  };
}
