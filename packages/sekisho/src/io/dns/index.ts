/** The DNS: the port, a client that shows rcode, CNAMEs, AD and TTL, one for chosen servers, and a table for tests. */
export { normalName, recordsAt, ttlOf } from './records.ts';
export { createResolver, type ResolverOptions } from './create-resolver.ts';
export { createDirectClient, type DirectClient } from './direct-client.ts';
export type { Exchange, Reading, Request } from './exchange.ts';
export { type AnswerDetails, fakeAnswer, fakeFailure } from './fake-resolver.ts';
export * from './fake-resolver.ts';
export { findLastRecord } from './response.ts';
export { createQuery, isQueryName } from './query.ts';
export { readTxt } from './records.ts';
export * from './resolver.ts';
export { type Response, toRequest } from './response.ts';
export {
  formatServerAddress,
  parseServerAddress,
  type ServerAddress,
} from './server-address.ts';
export type { AnsweredQuery } from './ask.ts';
