import { generateKeyPairSync } from 'node:crypto';
import type { SecureContext } from 'node:tls';
import { type Domain, parseDomain } from '@sekisho/spec';
import { describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../../../../../test/peers/certificates.ts';
import { createFakeClock } from '../../io/clock/index.ts';
import type { PemPair } from '../../io/key-files/index.ts';
import { createMemoryLog } from '../../io/log/index.ts';
import type { CertificateBook } from './books.ts';
import { type CertificateBookOptions, createCertificateBook } from './certificate-book.ts';

const authority = createCertificateAuthority();
const { keyPem, chainPem } = authority.issue({ dnsNames: ['mta-sts.a.test'] });
const pair: PemPair = { keyPem, chainPem };
const LOCKED = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'secret' })
  .toString();
/** A certificate of its own for each domain. */
const others = new Map<string, PemPair>([['a.test', pair]]);
const ownPair = async (name: Domain): Promise<PemPair> => {
  const known = others.get(name) ?? authority.issue({ dnsNames: [`mta-sts.${name}`] });
  others.set(name, known);
  return known;
};

function domainOf(name: string): Domain {
  const domain = parseDomain(name);
  if (!domain.ok) throw new Error(`${name} is no domain`);
  return domain.value;
}
const domain = domainOf('a.test');

const lend = (book: CertificateBook, name = domain): Promise<SecureContext | undefined> =>
  new Promise((resolve) => book.lend(name, resolve));

function createBook(
  load: CertificateBookOptions['load'],
  options: Partial<CertificateBookOptions> = {},
) {
  const clock = createFakeClock();
  const log = createMemoryLog();
  const loads: Domain[] = [];
  const book = createCertificateBook({
    load: (name) => {
      loads.push(name);
      return load(name);
    },
    clock,
    log,
    ...options,
  });
  return { book, clock, log, loads };
}

/** A context that was released holds no certificate any more; anything but looking at it would end the process. */
const isReleased = (context: SecureContext | undefined): boolean =>
  (context?.context as { getCertificate(): Buffer | null } | undefined)?.getCertificate() === null;

describe('createCertificateBook (RFC 8461 §7.1)', () => {
  it('STS-7.1-5: has nothing to show for a name without certificate, and remembers that for a short time', async () => {
    const { book, clock, loads } = createBook(async () => undefined);
    expect(await lend(book)).toBeUndefined();
    expect(await lend(book)).toBeUndefined();
    expect(loads).toHaveLength(1);
    await clock.advance(5000);
    await lend(book);
    expect(loads).toHaveLength(2);
  });

  it('loads a certificate when it is first asked for, once for all who wait, then never', async () => {
    const { book, loads } = createBook(async () => pair);
    expect(loads).toEqual([]);
    const [first, second] = await Promise.all([lend(book), lend(book)]);
    expect(first).toBeDefined();
    expect(second).toBe(first);
    expect(await lend(book)).toBe(first);
    expect(loads).toEqual([domain]);
  });

  it('makes a certificate of several domains ready once', async () => {
    const { book, loads } = createBook(async () => pair);
    expect(await lend(book, domainOf('b.test'))).toBe(await lend(book));
    expect(loads).toHaveLength(2);
  });

  it('shows the new certificate after it was told to forget', async () => {
    let current = pair;
    const { book, loads } = createBook(async () => current);
    const old = await lend(book);
    current = authority.issue({ dnsNames: ['mta-sts.a.test'] });
    book.forget(domain);
    expect(await lend(book)).not.toBe(old);
    expect(loads).toHaveLength(2);
  });

  it('does not remember what was being loaded when it was told to forget', async () => {
    const releases: ((loaded: PemPair | undefined) => void)[] = [];
    const { book, loads } = createBook(() => new Promise((resolve) => releases.push(resolve)));
    const early = lend(book);
    book.forget(domain);
    releases[0]?.(pair);
    expect(await early).toBeDefined();
    const late = lend(book);
    expect(loads).toHaveLength(2);
    releases[1]?.(pair);
    expect(await late).toBeDefined();
  });

  it('keeps only so many ready, makes others anew from memory, and does not read their files again', async () => {
    const { book, loads } = createBook(ownPair, { mostReady: 1 });
    const first = await lend(book);
    await lend(book, domainOf('b.test'));
    const again = await lend(book);
    expect(again).toBeDefined();
    expect(again).not.toBe(first);
    expect(loads).toHaveLength(2);
  });

  it('reports once what OpenSSL takes no more, and then looks at the files again', async () => {
    const spoilt = { keyPem, chainPem };
    const load = async (name: Domain) => (name === domain ? spoilt : ownPair(name));
    const { book, clock, loads, log } = createBook(load, { mostReady: 1 });
    await lend(book);
    await lend(book, domainOf('b.test'));
    spoilt.chainPem = 'nothing';
    expect(await lend(book)).toBeUndefined();
    expect(await lend(book)).toBeUndefined();
    expect(log.entries).toHaveLength(1);
    spoilt.chainPem = chainPem;
    await clock.advance(5000);
    expect(await lend(book)).toBeDefined();
    expect(loads).toHaveLength(3);
  });

  it('releases what it no longer keeps, and nothing that it still lends', async () => {
    const { book } = createBook(ownPair, { mostReady: 1 });
    const first = await lend(book);
    expect(isReleased(first)).toBe(false);
    const second = await lend(book, domainOf('b.test'));
    expect([isReleased(first), isReleased(second)]).toEqual([true, false]);
  });

  it('releases nothing before those who waited have it', async () => {
    const { book } = createBook(ownPair, { mostReady: 1 });
    const isGone = (name: Domain): Promise<boolean> =>
      new Promise((resolve) => book.lend(name, (context) => resolve(isReleased(context))));
    expect(await Promise.all([isGone(domain), isGone(domainOf('b.test'))])).toEqual([false, false]);
  });

  it.each<[string, CertificateBookOptions['load']]>([
    ['files that cannot be read', () => Promise.reject(new Error('disk'))],
    ['files that hold no certificate', async () => ({ keyPem, chainPem: 'nothing' })],
    ['an empty chain', async () => ({ keyPem, chainPem: '' })],
    ['no key', async () => ({ keyPem: '', chainPem })],
    [
      'a key with a passphrase, which nobody is asked for',
      async () => ({ keyPem: LOCKED, chainPem }),
    ],
    [
      'a chain whose second certificate is broken',
      async () => ({ keyPem, chainPem: chainPem.replace(/(END CERT[^]*?\n)MII/, '$1MI') }),
    ],
    [
      'a key of another certificate',
      async () => ({ keyPem: authority.issue({}).keyPem, chainPem }),
    ],
  ])('reports %s once, and shows nothing', async (_, load) => {
    const { book, log } = createBook(load);
    expect(await lend(book)).toBeUndefined();
    expect(await lend(book)).toBeUndefined();
    expect(log.entries.map(({ level, event }) => [level, event])).toEqual([
      ['error', 'certificate cannot be used'],
    ]);
  });
});
