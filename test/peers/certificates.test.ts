import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createCertificateAuthority } from './certificates.ts';

const authority = createCertificateAuthority();
const root = new X509Certificate(authority.rootPem);

function chainOf(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

describe('the private CA', () => {
  it('issues by an intermediate that the root has signed', () => {
    const [leaf, intermediate, ...more] = chainOf(authority.issue({}).chainPem);
    expect(more).toEqual([]);
    expect(intermediate?.verify(root.publicKey)).toBe(true);
    expect(intermediate !== undefined && leaf?.verify(intermediate.publicKey)).toBe(true);
    expect([root.ca, intermediate?.ca, leaf?.ca]).toEqual([true, true, false]);
    expect(intermediate !== undefined && leaf?.checkIssued(intermediate)).toBe(true);
  });

  it('writes names as they are given, with or without an extension for them', () => {
    const dnsNames = ['*.a.test', 'mta*.a.test', `${'x'.repeat(63)}.a.test`];
    const [named] = chainOf(authority.issue({ dnsNames }).certPem);
    expect(named?.subjectAltName).toBe(dnsNames.map((dnsName) => `DNS:${dnsName}`).join(', '));
    const [bare] = chainOf(authority.issue({ commonName: 'mta-sts.a.test' }).certPem);
    expect(bare?.subjectAltName).toBeUndefined();
    expect(bare?.subject).toBe('CN=mta-sts.a.test');
  });

  it('keeps the days of validity', () => {
    const notBefore = new Date('2020-02-29T12:00:00Z');
    const notAfter = new Date('2020-03-01T00:00:01Z');
    const [leaf] = chainOf(authority.issue({ notBefore, notAfter }).certPem);
    expect([leaf?.validFromDate, leaf?.validToDate]).toEqual([notBefore, notAfter]);
  });

  it('makes a leaf sign itself, the root sign it, and leaves the intermediate out', () => {
    const [own] = chainOf(authority.issue({ signedBy: 'self' }).chainPem);
    expect(own?.verify(own.publicKey)).toBe(true);
    const byRoot = chainOf(authority.issue({ signedBy: 'root' }).chainPem);
    expect(byRoot.map((leaf) => leaf.verify(root.publicKey))).toEqual([true]);
    expect(chainOf(authority.issue({ withoutIntermediate: true }).chainPem)).toHaveLength(1);
  });

  it('writes everything to files', () => {
    const issued = authority.issue({ dnsNames: ['a.test'] });
    expect(readFileSync(issued.chainFile, 'utf8')).toBe(issued.chainPem);
    expect(readFileSync(issued.keyFile, 'utf8')).toBe(issued.keyPem);
    expect(existsSync(authority.rootFile) && existsSync(issued.certFile)).toBe(true);
  });
});
