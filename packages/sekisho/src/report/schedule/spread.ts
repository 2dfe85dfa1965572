import { hash } from 'node:crypto';
import type { Domain } from '@sekisho/spec';
import type { UtcDay } from '../store/index.ts';

/** How long after the day's end the report about a domain leaves: evenly spread, and the same after a restart. RFC 8460 §4.1. */
export function spreadOverMs(day: UtcDay, domain: Domain, spreadMs: number): number {
  const share = hash('sha256', `spread\n${day}\n${domain}`, 'buffer').readUInt32BE(0) / 2 ** 32;
  return Math.floor(share * spreadMs);
}
