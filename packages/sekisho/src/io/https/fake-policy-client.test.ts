import { type Domain, parseDomain } from '@sekisho/spec';
import { describe, expect, it } from 'vitest';
import { createFakePolicyClient } from './fake-policy-client.ts';

function domain(text: string): Domain {
  const result = parseDomain(text);
  if (!result.ok) throw new Error(text);
  return result.value;
}

describe('createFakePolicyClient', () => {
  it('answers with bodies and failures as the real client does, and counts', async () => {
    const client = createFakePolicyClient();
    client.answer('a.test', { body: 'version: STSv1' });
    client.answer('b.test', { failure: 'tls-certificate-expired', reason: 'CERT_HAS_EXPIRED' });
    expect(await client.fetchPolicyBody(domain('a.test'))).toMatchObject({
      kind: 'body',
      body: 'version: STSv1',
    });
    expect(await client.fetchPolicyBody(domain('b.test'))).toMatchObject({
      kind: 'failure',
      code: 'tls-certificate-expired',
      resultType: 'sts-webpki-invalid',
      reason: 'CERT_HAS_EXPIRED',
    });
    expect(await client.fetchPolicyBody(domain('c.test'))).toMatchObject({
      code: 'dns-not-found',
      resultType: 'sts-policy-fetch-error',
    });
    expect([client.calls(), client.calls('a.test'), client.calls('d.test')]).toEqual([3, 1, 0]);
  });

  it('asks a function at each fetch and waits for a promise', async () => {
    const client = createFakePolicyClient();
    let count = 0;
    client.answer('a.test', () => ({ body: `${(count += 1)}` }));
    await client.fetchPolicyBody(domain('a.test'));
    expect(await client.fetchPolicyBody(domain('a.test'))).toMatchObject({ body: '2' });
    let settle = (): void => undefined;
    const pending = new Promise<{ body: string }>((resolve) => {
      settle = () => resolve({ body: 'late' });
    });
    client.answer('a.test', pending);
    const outcome = client.fetchPolicyBody(domain('a.test'));
    settle();
    expect(await outcome).toMatchObject({ body: 'late' });
    client.close();
    expect(client.closed).toBe(true);
  });
});
