import { describe, expect, it } from 'vitest';
import { type DkimSignature, fakeDkimSignature } from '../../io/dkim-verify/index.ts';
import { type Author, judgeTrust, type KeyServiceRule } from './judge-trust.ts';

const author: Author = { from: 'example.net', submitter: 'example.net' };
const good = fakeDkimSignature();
const judge = (
  signatures: readonly DkimSignature[],
  who: Partial<Author> = {},
  rule: KeyServiceRule = 'not-excluded',
) => judgeTrust(signatures, { ...author, ...who }, rule);

describe('judgeTrust (RFC 8460 §3)', () => {
  it.each<[string, Partial<DkimSignature>, Partial<Author>]>([
    ['the same domain', {}, {}],
    ['a domain above From', {}, { from: 'mail.example.net' }],
    [
      'a domain below From and beside the reporter',
      { domain: 'corp.example.net' },
      { submitter: 'tls.example.net' },
    ],
    ['a message that names no reporter', {}, { submitter: undefined }],
    [
      'a name that is a suffix itself, and the same',
      { domain: 'github.io' },
      { from: 'github.io', submitter: 'github.io' },
    ],
    ['TLS-Report fields that are not signed: AMB-70', { signedHeaders: ['from'] }, {}],
  ])('RPT-3-14, AMB-69: believes a signature of %s', (_, signature, who) => {
    expect(judge([fakeDkimSignature(signature)], who)).toEqual({
      kind: 'verified',
      signedBy: signature.domain ?? 'example.net',
      selector: 's1',
      keyService: '*',
    });
  });

  it.each<[string, DkimSignature[], Partial<Author>, RegExp]>([
    ['no signature', [], {}, /no DKIM signature/],
    [
      'a stranger’s signature',
      [fakeDkimSignature({ domain: 'evil.example' })],
      {},
      /"evil.example" is of another organization than "example.net"/,
    ],
    ['a stranger’s From', [good], { from: 'example.org' }, /"example.org"/],
    ['a reporter of another organization', [good], { submitter: 'example.org' }, /"example.org"/],
    [
      'another customer of a host',
      [fakeDkimSignature({ domain: 'a.github.io' })],
      { from: 'b.github.io', submitter: 'b.github.io' },
      /another organization/,
    ],
    ['the registry above', [fakeDkimSignature({ domain: 'net' })], {}, /another organization/],
    ['no From, or two', [good], { from: undefined }, /exactly one plain From/],
    ['l=: RPT-3-16', [fakeDkimSignature({ hasLengthTag: true })], {}, /l=/],
    ['From that is not signed', [fakeDkimSignature({ signedHeaders: ['to'] })], {}, /cover From/],
    [
      'a bad signature',
      [fakeDkimSignature({ result: 'fail', comment: 'bad signature' })],
      {},
      /does not verify: bad signature/,
    ],
    [
      'a signature nobody can judge',
      [fakeDkimSignature({ result: 'neutral', comment: 'no key' })],
      {},
      /no key/,
    ],
    [
      'text that would act on a terminal',
      [fakeDkimSignature({ domain: 'a\u001b[31m' })],
      {},
      /^[\x20-\x7e]*$/,
    ],
  ])('RPT-3-14: does not believe %s', (_, signatures, who, why) => {
    expect(judge(signatures, who)).toEqual({ kind: 'unverified', why: expect.stringMatching(why) });
  });

  it.each<[string | undefined, KeyServiceRule, boolean]>([
    ['*', 'not-excluded', true],
    [undefined, 'not-excluded', true],
    ['tlsrpt', 'not-excluded', true],
    ['email:tlsrpt', 'not-excluded', true],
    ['email', 'not-excluded', false],
    ['email', 'any', true],
    ['*', 'named', false],
    ['tlsrpt', 'named', true],
  ])(
    'RPT-3-18, AMB-71: with a key for %s under the rule %s believes: %s',
    (keyService, rule, isBelieved) => {
      const { kind } = judge([fakeDkimSignature({ keyService })], {}, rule);
      expect(kind).toBe(isBelieved ? 'verified' : 'unverified');
    },
  );

  it('takes any signature that fulfils all', () => {
    const others = [
      fakeDkimSignature({ domain: 'list.example' }),
      fakeDkimSignature({ result: 'temporary' }),
    ];
    expect(judge([...others, fakeDkimSignature({ selector: 's9' })])).toMatchObject({
      kind: 'verified',
      selector: 's9',
    });
  });

  it('asks for another try where the DNS alone is in the way', () => {
    const silent = fakeDkimSignature({ result: 'temporary', comment: 'DNS failure: ETIMEOUT' });
    expect(judge([fakeDkimSignature({ result: 'fail' }), silent])).toMatchObject({ kind: 'later' });
    for (const useless of [
      { domain: 'evil.example' },
      { hasLengthTag: true },
      { signedHeaders: [] },
    ])
      expect(judge([{ ...silent, ...useless }])).toMatchObject({ kind: 'unverified' });
  });
});
