import { generateKeyPairSync } from 'node:crypto';
import { dkimSign } from 'mailauth/lib/dkim/sign.js';
import { describe, expect, it } from 'vitest';
import { setUpAcceptor } from '../../../../../test/fixtures/tls-reports/acceptor.ts';
import { buildReportMail } from '../../../../../test/fixtures/tls-reports/report-mail.ts';
import { createFakeClock } from '../../io/clock/index.ts';
import { createDkimVerifier } from '../../io/dkim-verify/index.ts';
import { createFakeResolver, type DnsResult, fakeAnswer, fakeFailure } from '../../io/dns/index.ts';

const keys = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ed25519: generateKeyPairSync('ed25519'),
};
type Algorithm = keyof typeof keys;

function keyRecord(algorithm: Algorithm, tags = ''): DnsResult<string> {
  const der = keys[algorithm].publicKey.export({ type: 'spki', format: 'der' });
  const text = (algorithm === 'rsa' ? der : der.subarray(-32)).toString('base64');
  return fakeAnswer([`v=DKIM1; k=${algorithm};${tags} p=${text}`]);
}

interface Case {
  readonly signer?: string;
  readonly algorithm?: Algorithm;
  readonly key?: DnsResult<string>;
  readonly maxBodyLength?: number;
  readonly change?: (mail: string) => string;
}

/** What becomes of a report that was really signed, and looked at with a real verifier. */
async function accept(details: Case) {
  const { signer = 'example.net', algorithm = 'rsa', key, change = (mail) => mail } = details;
  const { maxBodyLength } = details;
  const mail = buildReportMail();
  const data = {
    signingDomain: signer,
    selector: 's1',
    privateKey: keys[algorithm].privateKey.export({ type: 'pkcs8', format: 'pem' }),
    canonicalization: 'relaxed/relaxed',
    ...(maxBodyLength === undefined ? {} : { maxBodyLength }),
  };
  const { signatures } = await dkimSign(mail, { ...data, signatureData: [data] });
  const resolver = createFakeResolver();
  resolver.set(`txt s1._domainkey.${signer}`, key ?? keyRecord(algorithm));
  const verifyDkim = createDkimVerifier({ resolver, clock: createFakeClock(Date.now()) });
  const { accept, kept } = setUpAcceptor({ verifyDkim });
  const signed = change(signatures + mail.toString('latin1'));
  const { kind } = await accept(Buffer.from(signed, 'latin1'));
  return { kind, trust: kept()[0]?.trust };
}

/** A stranger's report, header and body, before a message that is truly signed. */
const inFront = (end: string) => (mail: string) => {
  const forged = buildReportMail({ from: 'a@example.net' }).toString('latin1');
  const [, body = ''] = forged.split('\r\n\r\n--b1');
  return `X: y\r\nContent-Type: multipart/report; boundary=b1${end}--b1${body.slice(0, 400)}\r\n${mail}`;
};

describe('reports as they are signed (RFC 8460 §3)', () => {
  it.each<[string, Case]>([
    ['RSA', {}],
    ['Ed25519', { algorithm: 'ed25519' }],
    ['a key for reports alone', { key: keyRecord('rsa', ' s=tlsrpt;') }],
    ['a domain below', { signer: 'mail.example.net' }],
  ])('RPT-3-13: believes %s', async (_, details) => {
    expect(await accept(details)).toMatchObject({ kind: 'stored', trust: { kind: 'verified' } });
  });

  it.each<[string, RegExp, Case]>([
    ['a stranger’s signature', /another organization/, { signer: 'evil.example' }],
    [
      'what was changed',
      /verify: body hash/,
      { change: (mail) => mail.replace('This is', 'That is') },
    ],
    ['l=: RPT-3-16', /l=/, { maxBodyLength: 10 }],
    ['a key for mail alone: AMB-71', /"email" alone/, { key: keyRecord('rsa', ' s=email;') }],
    ['two From fields', /exactly one/, { change: (mail) => `From: b@example.net\r\n${mail}` }],
    ['a From field that hides', /2 From/, { change: (mail) => ` From: b@example.net\r\n${mail}` }],
    ['no signature', /no DKIM/, { change: (mail) => mail.slice(mail.indexOf('From: ')) }],
    ['a revoked key', /invalid public key/, { key: fakeAnswer(['v=DKIM1; p=']) }],
  ])('RPT-3-14: does not believe %s', async (_, why, details) => {
    const trust = { kind: 'unverified', why: expect.stringMatching(why) };
    expect(await accept(details)).toEqual({ kind: 'stored', trust });
  });

  it.each(['\r\n\r\n', '\n\n', '\r\n\r\r\n', '\n\r\r\n', '\r\r'])(
    'does not believe a body that is put in front of the signed message with %j',
    async (end) => {
      const { trust } = await accept({ change: inFront(end) });
      expect(trust?.kind).not.toBe('verified');
    },
  );

  it('asks again after silence of the DNS', async () => {
    expect(await accept({ key: fakeFailure('timeout') })).toEqual({ kind: 'later' });
  });
});
