import { hash } from 'node:crypto';
import type { Domain } from '@sekisho/spec';
import type { UtcDay } from '../store/index.ts';

/**
 * The name of the report about a domain's day: the same whenever it is asked for, so that a receiver knows a second one
 * for what it is. RFC 8460 §4.4, §5.3.
 */
export function reportIdOf(day: UtcDay, domain: Domain, submitter: Domain): string {
  const digest = hash('sha256', `${day}\n${domain}\n${submitter}`, 'hex');
  return `${day.replaceAll('-', '')}.${digest.slice(0, 20)}@${submitter}`;
}
