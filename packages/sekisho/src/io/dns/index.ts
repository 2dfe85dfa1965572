/** The DNS: the port, a client that shows rcode, CNAMEs, AD and TTL, and a table for tests. */
export { createResolver, type ResolverOptions } from './create-resolver.ts';
export { type AnswerDetails, fakeAnswer, fakeFailure } from './fake-answer.ts';
export {
  createFakeResolver,
  type FakeEntry,
  type FakeKey,
  type FakeResolver,
  type FakeZones,
} from './fake-resolver.ts';
export type {
  DnsAnswer,
  DnsFailure,
  DnsFailureCode,
  DnsResult,
  LookupOptions,
  MxRecord,
  Resolver,
  TlsaRecord,
  TxtRecord,
} from './resolver.ts';
export {
  formatServerAddress,
  parseServerAddress,
  type ServerAddress,
} from './server-address.ts';
