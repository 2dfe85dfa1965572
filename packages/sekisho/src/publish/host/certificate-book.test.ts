import { type Domain, parseDomain } from '@sekisho/spec';
import { describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../../../../../test/peers/certificates.ts';
import { createFakeClock } from '../../io/clock/index.ts';
import type { PemPair } from '../../io/key-files/index.ts';
import { createMemoryLog } from '../../io/log/index.ts';
import { createFakeServerTls, type FakeCertificate, loadServerTls } from '../../io/tls/index.ts';
import type { CertificateBook } from './books.ts';
import { type CertificateBookOptions, createCertificateBook } from './certificate-book.ts';

const authority = createCertificateAuthority();
const { keyPem, chainPem } = authority.issue({ dnsNames: ['mta-sts.a.test'] });
const pair: PemPair = { keyPem, chainPem };
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

const lend = (book: CertificateBook, name = domain): Promise<FakeCertificate | undefined> =>
  new Promise((resolve) =>
    book.lend(name, (certificate) => resolve(certificate as FakeCertificate | undefined)),
  );

function createBook(
  load: CertificateBookOptions['load'],
  options: Partial<CertificateBookOptions> = {},
) {
  const clock = createFakeClock();
  const log = createMemoryLog();
  const loads: Domain[] = [];
  const book = createCertificateBook({
    tls: createFakeServerTls(),
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

  it('keeps only so many ready, releases the others, and reads their files again', async () => {
    const { book, loads } = createBook(ownPair, { mostReady: 1 });
    const first = await lend(book);
    expect(first?.isReleased).toBe(false);
    const second = await lend(book, domainOf('b.test'));
    expect([first?.isReleased, second?.isReleased]).toEqual([true, false]);
    const again = await lend(book);
    expect([again?.isReleased, second?.isReleased]).toEqual([false, true]);
    expect(loads).toEqual(['a.test', 'b.test', 'a.test']);
  });

  it('releases a certificate of several domains with the last of them', async () => {
    const { book } = createBook(async () => pair);
    const shared = await lend(book);
    await lend(book, domainOf('b.test'));
    book.forget(domain);
    expect(shared?.isReleased).toBe(false);
    expect(await lend(book, domainOf('b.test'))).toBe(shared);
    book.forget(domainOf('b.test'));
    expect(shared?.isReleased).toBe(true);
    expect(await lend(book)).not.toBe(shared);
  });

  it.each<[string, CertificateBookOptions['load']]>([
    ['files that cannot be read', () => Promise.reject(new Error('disk'))],
    ['files that hold no certificate', async () => ({ keyPem, chainPem: 'nothing' })],
    [
      'a key of another certificate',
      async () => ({ keyPem: authority.issue({}).keyPem, chainPem }),
    ],
  ])('reports %s once, and shows nothing', async (_, load) => {
    const { book, log } = createBook(load, { tls: await loadServerTls(createFakeClock()) });
    expect(await lend(book)).toBeUndefined();
    expect(await lend(book)).toBeUndefined();
    expect(log.entries.map(({ level, event }) => [level, event])).toEqual([
      ['error', 'certificate cannot be used'],
    ]);
  });
});
