import { describe, expect, it, onTestFinished } from 'vitest';
import { createCertificateAuthority } from '../../../../../test/peers/certificates.ts';
import { startMx } from '../../../../../test/peers/mx.ts';
import { systemClock } from '../clock/index.ts';
import { createFakeResolver, fakeAnswer, fakeFailure } from '../dns/index.ts';
import { createMxProber } from './create-mx-prober.ts';
import { createFakeMxProber, fakeProbe } from './fake-mx-prober.ts';
import type { MxProber } from './mx-prober.ts';

const authority = createCertificateAuthority();

async function startReal(): Promise<MxProber> {
  const certificate = authority.issue({ dnsNames: ['mx.a.test'] });
  const mx = await startMx({ certificate });
  onTestFinished(() => mx.close());
  const resolver = createFakeResolver({
    'a mx.a.test': fakeAnswer(['127.0.0.1']),
    'a other.a.test': fakeAnswer(['127.0.0.1']),
    'a lost.a.test': fakeFailure('servfail'),
    'aaaa lost.a.test': fakeFailure('servfail'),
  });
  return createMxProber({
    clock: systemClock,
    resolver,
    heloName: 'probe.test',
    ca: [authority.rootPem],
    port: mx.port,
  });
}

function startFake(): Promise<MxProber> {
  const address = '127.0.0.1';
  return Promise.resolve(
    createFakeMxProber({
      'mx.a.test': [fakeProbe('mx.a.test', 'ok', { address, tlsVersion: 'TLSv1.3' })],
      'other.a.test': () => [
        fakeProbe('other.a.test', 'certificate-name-mismatch', {
          address,
          detail: 'certificate is for mx.a.test, must be for other.a.test',
        }),
      ],
      'lost.a.test': [fakeProbe('lost.a.test', 'dns-failed')],
    }),
  );
}

describe.each([
  ['createMxProber', startReal],
  ['createFakeMxProber', startFake],
])('MxProber: %s', (_name, start) => {
  it('finds a host in order: address, TLS version, no result type', async () => {
    const [probe, ...others] = await (await start()).probe('mx.a.test');
    expect(probe).toMatchObject({
      mxHost: 'mx.a.test',
      address: '127.0.0.1',
      code: 'ok',
      tlsVersion: 'TLSv1.3',
    });
    expect(probe?.detail).toMatch(/^TLSv1\.3, TLS_/);
    expect(probe).not.toHaveProperty('resultType');
    expect(others).toEqual([]);
  });

  it('STS-4.2-3: a certificate for another name is not one for the MX host', async () => {
    const [probe] = await (await start()).probe('other.a.test');
    expect(probe).toMatchObject({
      code: 'certificate-name-mismatch',
      resultType: 'certificate-host-mismatch',
    });
    expect(probe?.detail).toContain('must be for other.a.test');
  });

  it('has something to say of a host without an address, and of one that the DNS does not tell', async () => {
    const prober = await start();
    const [none] = await prober.probe('nowhere.a.test');
    expect(none).toMatchObject({ mxHost: 'nowhere.a.test', code: 'no-address' });
    expect(none).not.toHaveProperty('address');
    const [lost] = await prober.probe('lost.a.test');
    expect(lost).toMatchObject({ mxHost: 'lost.a.test', code: 'dns-failed' });
    expect(lost).not.toHaveProperty('resultType');
  });
});
