import { hostname } from 'node:os';
import { type Domain, parseDomain } from '@sekisho/spec';
import { toAscii } from '../../io/idn/index.ts';
import { ConfigError } from '../config/config-error.ts';
import type { Settings } from '../config/index.ts';

/** In whose name reports are made. */
export interface Submitter {
  /** `local@domain`, the domain in A-labels. */
  readonly contact: string;
  readonly domain: Domain;
  readonly organizationName: string;
  /** False: nobody is named, and no report may leave. */
  readonly isNamed: boolean;
}

/** RFC 6761 §6.4: names under it never exist. */
const NOBODY = 'postmaster@unset.invalid';

/** @throws ConfigError when the domain of the contact is none. */
export function submitterOf({ report }: Pick<Settings, 'report'>): Submitter {
  const { contact = NOBODY, organizationName } = report;
  const at = contact.lastIndexOf('@');
  const domain = parseDomain(contact.slice(at + 1), { toAscii });
  if (!domain.ok) {
    const message = `given is ${JSON.stringify(contact)}; its domain is none`;
    throw new ConfigError([{ where: 'report.contact', message }]);
  }
  return {
    contact: `${contact.slice(0, at)}@${domain.value}`,
    domain: domain.value,
    organizationName: organizationName ?? domain.value,
    isNamed: report.contact !== undefined,
  };
}

/** What EHLO says where the settings do not tell: the name of this machine. */
export function machineName(): string {
  return parseDomain(hostname()).ok ? hostname() : 'localhost';
}
