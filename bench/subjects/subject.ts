import type { Child } from '../harness/child.ts';
import type { Endpoint, Transport } from '../harness/endpoint.ts';

/** A server that is measured. */
export interface Subject {
  readonly name: string;
  readonly endpoints: Readonly<Record<Transport, Endpoint>>;
  /** The process behind an endpoint: some servers listen on one address only and so run twice. */
  readonly processes: Readonly<Record<Transport, Child>>;
}

/** A server that is not measured, and why. */
export interface Missing {
  readonly name: string;
  readonly why: string;
}

/** The names in the order of the table. */
export const SUBJECT_NAMES = {
  sekisho: 'Sekisho',
  node: 'bare Node',
  c: 'bare C',
  sqlite: 'resolver, SQLite',
  memory: 'resolver, memory',
} as const;
