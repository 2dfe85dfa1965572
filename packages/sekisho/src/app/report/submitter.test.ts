import { describe, expect, it } from 'vitest';
import type { Settings } from '../config/index.ts';
import { submitterOf } from './submitter.ts';

const of = (report: Partial<Settings['report']>) =>
  submitterOf({ report: report as Settings['report'] });

describe('submitterOf (RFC 8460 §5.3)', () => {
  it.each([
    [
      { contact: 'tls@Example.COM', organizationName: 'Example' },
      { contact: 'tls@example.com', domain: 'example.com', organizationName: 'Example' },
    ],
    [{ contact: 'tls@example.com' }, { domain: 'example.com', organizationName: 'example.com' }],
  ])('%j', (report, submitter) => {
    expect(of(report)).toMatchObject({ ...submitter, isNamed: true });
  });

  it('names nobody by a domain that never exists', () => {
    expect(of({})).toMatchObject({ contact: 'postmaster@unset.invalid', isNamed: false });
  });

  it('refuses a contact whose domain is none', () => {
    expect(() => of({ contact: 'tls@a..b' })).toThrow(/report\.contact.*its domain is none/su);
  });
});
