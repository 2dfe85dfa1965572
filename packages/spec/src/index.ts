/**
 * MTA-STS (RFC 8461) and TLS reports (RFC 8460) as pure functions and types: no I/O, no clock, no randomness, no dependencies.
 *
 * @module
 */
export * from './mta-sts/index.ts';
export * from './text/index.ts';
export * from './tlsrpt/index.ts';
