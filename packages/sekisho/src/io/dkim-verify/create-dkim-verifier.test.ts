import { createHash, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { dkimSign } from 'mailauth/lib/dkim/sign.js';
import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../clock/index.ts';
import { createFakeResolver, type DnsResult, fakeAnswer, fakeFailure } from '../dns/index.ts';
import { createDkimVerifier } from './create-dkim-verifier.ts';
import type { DkimSignature } from './verify-dkim.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const weakRsa = generateKeyPairSync('rsa', { modulusLength: 512 });
const ed25519 = generateKeyPairSync('ed25519');

const MAIL = ['From: a@example.net', 'To: b@example.com', 'Subject: x', '', 'A report', ''].join(
  '\r\n',
);
const KEY = 's1._domainkey.example.net';

function keyRecord(key: KeyObject, tags = ''): string {
  const der = key.export({ type: 'spki', format: 'der' });
  const isEd = key.asymmetricKeyType === 'ed25519';
  const text = (isEd ? der.subarray(-32) : der).toString('base64');
  return `v=DKIM1; k=${isEd ? 'ed25519' : 'rsa'};${tags} p=${text}`;
}

interface SignOptions {
  readonly key?: KeyObject;
  readonly mail?: string;
  readonly maxBodyLength?: number;
  readonly domain?: string;
  readonly expires?: Date;
}

async function sign(options: SignOptions = {}): Promise<string> {
  const { key = rsa.privateKey, mail = MAIL, domain = 'example.net', expires, ...rest } = options;
  const data = {
    signingDomain: domain,
    selector: 's1',
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }),
    canonicalization: 'relaxed/relaxed',
    ...(expires === undefined ? {} : { expires }),
    ...rest,
  };
  const { signatures, errors } = await dkimSign(mail, { ...data, signatureData: [data] });
  expect(errors).toEqual([]);
  return signatures + mail;
}

const clock = createFakeClock(Date.now());

async function verify(
  mail: string,
  answer: DnsResult<string> = fakeAnswer([keyRecord(rsa.publicKey)]),
) {
  const resolver = createFakeResolver({ [`txt ${KEY}`]: answer });
  const signatures = await createDkimVerifier({ resolver, clock })(Buffer.from(mail));
  return { signatures, resolver };
}

const first = async (mail: string, answer?: DnsResult<string>) =>
  (await verify(mail, answer)).signatures[0];
const withTags = (tags: string) => fakeAnswer([keyRecord(rsa.publicKey, tags)]);

describe('createDkimVerifier (RFC 6376 §6)', () => {
  it('passes what RSA signed, and tells all about it', async () => {
    expect(await first(await sign())).toEqual<DkimSignature>({
      domain: 'example.net',
      selector: 's1',
      result: 'pass',
      keyService: '*',
      hasLengthTag: false,
      signedHeaders: expect.arrayContaining(['from', 'to', 'subject']),
      comment: '',
    });
  });

  it('passes what Ed25519 signed (RFC 8463)', async () => {
    const answer = fakeAnswer([keyRecord(ed25519.publicKey)]);
    const mail = await sign({ key: ed25519.privateKey });
    expect(await first(mail, answer)).toMatchObject({ result: 'pass' });
  });

  it.each([
    [' s=tlsrpt;', 'tlsrpt'],
    [' s=email;', 'email'],
    [' s = Email : tlsrpt ;', 'email:tlsrpt'],
    [' s=*;', '*'],
    [' s=;', '*'],
    [' s=other;', 'other'],
    ['', '*'],
  ])('RPT-3-17: passes a key with %j and says that it is for %s', async (tags, keyService) => {
    const found = await first(await sign(), withTags(tags));
    expect(found).toMatchObject({ result: 'pass', keyService });
  });

  it.each<[string, (mail: string) => string]>([
    ['body', (mail) => mail.replace('A report', 'No report')],
    ['From', (mail) => mail.replace('a@example.net', 'c@example.net')],
    ['signature', (mail) => mail.replace(/ b=...../, ' b=AAAAA')],
  ])('fails when the %s was changed', async (_, change) => {
    const mail = await sign();
    expect(change(mail)).not.toBe(mail);
    const found = await first(change(mail));
    expect(found).toMatchObject({ result: 'fail', comment: expect.stringMatching(/./) });
  });

  it('RPT-3-16: notes l=, also of nothing', async () => {
    const mail = `${await sign({ maxBodyLength: 4 })}more`;
    expect(await first(mail)).toMatchObject({ result: 'pass', hasLengthTag: true });
  });

  it('does not count one that leaves From out', async () => {
    const bodyHash = createHash('sha256').update('A report\r\n').digest('base64');
    const tags = `v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.net; s=s1; h=To; bh=${bodyHash}; b=`;
    const signed = `to:b@example.com\r\ndkim-signature:${tags}`;
    const value = createSign('sha256').update(signed).sign(rsa.privateKey, 'base64');
    const found = await first(`DKIM-Signature: ${tags}${value}\r\n${MAIL}`);
    expect(found).toMatchObject({ result: 'neutral', signedHeaders: ['to'] });
  });

  it.each<[string, DnsResult<string>]>([
    ['timeout', fakeFailure('timeout')],
    ['servfail', fakeFailure('servfail')],
    ['refused', fakeFailure('refused')],
    ['malformed', fakeFailure('malformed')],
    ['network', fakeFailure('network')],
  ])('is not sure after %s of the DNS', async (_, answer) => {
    const found = await first(await sign(), answer);
    expect(found).toMatchObject({ result: 'temporary', keyService: undefined });
  });

  it.each<[string, DnsResult<string>]>([
    ['no such name', fakeAnswer<string>([], { rcode: 'NXDOMAIN' })],
    ['no record', fakeAnswer<string>([])],
    ['a revoked key', fakeAnswer(['v=DKIM1; p='])],
    ['rubbish', fakeAnswer(['rubbish'])],
    ['a key on trial (t=y)', withTags(' t=y;')],
    ['a key of 512 bits', fakeAnswer([keyRecord(weakRsa.publicKey)])],
  ])('does not count a signature with %s', async (_, answer) => {
    expect(await first(await sign(), answer)).toMatchObject({ result: 'neutral' });
  });

  it('does not count one that has expired', async () => {
    const mail = await sign({ expires: new Date(clock.now() - 3_600_000) });
    expect(await first(mail)).toMatchObject({
      result: 'neutral',
      comment: expect.stringContaining('expir'),
    });
  });

  it('does not count any where there are two From fields', async () => {
    const mail = `From: c@evil.example\r\n${await sign()}`;
    expect(await first(mail)).toMatchObject({
      result: 'neutral',
      comment: 'the message has 2 From fields',
    });
  });

  it('looks at the five lowest signatures alone, and at no ARC', async () => {
    const junk = [...Array(50).keys()].map(
      (at) => `DKIM-Signature: v=1; a=rsa-sha256; d=evil.example; s=k${at}; h=from; bh=x; b=x\r\n`,
    );
    const arc = 'ARC-Seal: i=1; a=rsa-sha256; d=evil.example; s=arc; cv=none;\r\n b=x\r\n';
    const { signatures, resolver } = await verify(arc + junk.join('') + (await sign()));
    expect(signatures).toHaveLength(5);
    expect(signatures.filter(({ result }) => result === 'pass')).toHaveLength(1);
    expect(resolver.lookups.filter((name) => name.includes('arc.'))).toEqual([]);
  });

  it('finds none where there are none', async () => {
    expect((await verify(MAIL)).signatures).toEqual([]);
    expect((await verify('')).signatures).toEqual([]);
  });

  it('stops lookups at the deadline', async () => {
    const lookupTxt = (_: string, { signal }: { readonly signal?: AbortSignal } = {}) =>
      new Promise<DnsResult<string>>((resolve) => {
        signal?.addEventListener('abort', () => resolve(fakeFailure('timeout')));
      });
    const slow = createDkimVerifier({ resolver: { lookupTxt }, clock, deadlineMs: 2000 });
    const verifying = slow(Buffer.from(await sign()));
    // The message is read in several turns of the event loop before a key is looked up.
    for (let turn = 0; turn < 20; turn += 1) await clock.advance(100);
    expect(await verifying).toMatchObject([{ result: 'temporary' }]);
  });
});
