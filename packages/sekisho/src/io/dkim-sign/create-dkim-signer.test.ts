import { generateKeyPairSync } from 'node:crypto';
import { parseDomain } from '@sekisho/spec';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { describe, expect, it } from 'vitest';
import { createDkimSigner, type DkimSignerOptions } from './create-dkim-signer.ts';

const domain = parseDomain('example.net');
if (!domain.ok) throw new Error('example.net');

const NOW = new Date(Date.UTC(2026, 0, 1));
const MESSAGE = Buffer.from(
  ['From: <t@example.net>', 'Subject: one', ' two', 'X-Other: a', '', 'body', '', ''].join('\r\n'),
);
const KEYS = {
  rsa: pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
  ed25519: pem(generateKeyPairSync('ed25519').privateKey),
};

function pem(key: ReturnType<typeof generateKeyPairSync>['privateKey']): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function signerWith(options: Partial<DkimSignerOptions> = {}) {
  if (!domain.ok) throw new Error('example.net');
  return createDkimSigner({
    domain: domain.value,
    selector: 's1.tlsrpt',
    privateKeyPem: KEYS.rsa,
    signedFields: ['From', 'Subject'],
    ...options,
  });
}

/** What a verifier that finds the record where the signer says makes of a message. */
async function verify(message: Buffer, { recordName, recordText }: ReturnType<typeof signerWith>) {
  const asked: string[] = [];
  const { results } = await dkimVerify(message, {
    curTime: NOW,
    resolver: (name) => {
      asked.push(name);
      // The library takes no key that is not for mail; what it is for is judged elsewhere.
      return Promise.resolve([[recordText.replace(' s=tlsrpt;', '')]]);
    },
  });
  return { results, asked, recordName };
}

describe('createDkimSigner (RFC 6376, RFC 8460 §3)', () => {
  it.each(['rsa', 'ed25519'] as const)('RPT-3-13: signs with %s, and it verifies', async (type) => {
    const signer = signerWith({ privateKeyPem: KEYS[type] });
    const signed = await signer.sign(MESSAGE, NOW);
    const { results, asked, recordName } = await verify(signed, signer);
    expect(results).toMatchObject([
      { signingDomain: 'example.net', selector: 's1.tlsrpt', status: { result: 'pass' } },
    ]);
    expect(asked).toEqual([recordName]);
    expect(signed.subarray(-MESSAGE.length).equals(MESSAGE)).toBe(true);
  });

  it.each([
    ['the body', 'body', 'bodY'],
    ['a signed field', 'Subject: one', 'Subject: ten'],
    ['an addition to the body', 'body\r\n', 'body\r\nmore\r\n'],
  ])('does not verify after a change of %s', async (_title, before, after) => {
    const signer = signerWith();
    const signed = await signer.sign(MESSAGE, NOW);
    const changed = Buffer.from(signed.toString('latin1').replace(before, after), 'latin1');
    expect(changed.equals(signed)).toBe(false);
    const [result] = (await verify(changed, signer)).results;
    expect(result?.status.result).toMatch(/^(?:fail|neutral)$/);
  });

  it('RPT-3-15: has no l= and signs the fields it is told to', async () => {
    const signed = (await signerWith().sign(MESSAGE, NOW)).toString('latin1');
    const header = signed.slice(0, -MESSAGE.length);
    expect(header).not.toMatch(/[;\s]l=/);
    expect(header).toMatch(/ h=From: ?Subject;| h=Subject: ?From;/);
    expect(header).toContain('c=relaxed/relaxed');
    expect(header.endsWith('\r\n')).toBe(true);
  });

  it('makes the same signature at the same time', async () => {
    const [one, two] = [
      await signerWith().sign(MESSAGE, NOW),
      await signerWith().sign(MESSAGE, NOW),
    ];
    expect(one.equals(two)).toBe(true);
  });

  it.each(['rsa', 'ed25519'] as const)('RPT-3-17: gives the record for a key of %s', (type) => {
    const { recordName, recordText } = signerWith({ privateKeyPem: KEYS[type] });
    expect(recordName).toBe('s1.tlsrpt._domainkey.example.net');
    expect(recordText).toMatch(
      new RegExp(`^v=DKIM1; k=${type}; s=tlsrpt; p=[A-Za-z0-9+/]{${type === 'rsa' ? 392 : 43}}=?$`),
    );
  });

  it('throws when there is nothing that can be signed', async () => {
    await expect(signerWith().sign(Buffer.from('X: a\r\n\r\nb\r\n'), NOW)).rejects.toMatchObject({
      code: 'dkim-signing-failed',
    });
  });

  it.each<[string, Partial<DkimSignerOptions>]>([
    ['no PEM', { privateKeyPem: 'secret' }],
    [
      'a short RSA key',
      { privateKeyPem: pem(generateKeyPairSync('rsa', { modulusLength: 1023 }).privateKey) },
    ],
    [
      'another kind of key',
      { privateKeyPem: pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey) },
    ],
    ['an empty selector', { selector: '' }],
    ['a selector with a tag in it', { selector: 'a; d=example.org' }],
    ['a selector with an empty label', { selector: 'a..b' }],
  ])('cannot be made with %s', (_title, options) => {
    const make = () => signerWith(options);
    expect(make).toThrow(TypeError);
    expect(make).not.toThrow(/secret|PRIVATE/);
  });
});
