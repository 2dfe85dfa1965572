import type { DnsAnswer, DnsFailure, DnsFailureCode } from './resolver.ts';

/** What can be said of an answer beside its records. */
export type AnswerDetails = Partial<Omit<DnsAnswer<unknown>, 'kind' | 'records'>>;

/** An answer as a test wants it; by default unsigned, without CNAMEs, good for 300 seconds. */
export function fakeAnswer<T>(records: readonly T[], details: AnswerDetails = {}): DnsAnswer<T> {
  return {
    kind: 'answer',
    rcode: 'NOERROR',
    cnames: [],
    authenticated: false,
    ttlSeconds: 300,
    server: '192.0.2.53:53',
    ...details,
    records,
  };
}

/** A failure as a test wants it. */
export function fakeFailure(code: DnsFailureCode, message = `Cannot look up: ${code}`): DnsFailure {
  return { kind: 'failure', code, message };
}
