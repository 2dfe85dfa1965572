import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Domain, parseDomain } from '@sekisho/spec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../../../../../test/peers/certificates.ts';
import {
  createFakeKeyFiles,
  createKeyFiles,
  inspectPair,
  type KeyFiles,
  ownPairs,
  type PemPair,
} from './index.ts';

const authority = createCertificateAuthority();
const DAY_MS = 86_400_000;
const HOST = 'mta-sts.a.test';

function makePair(options: Parameters<typeof authority.issue>[0] = { dnsNames: [HOST] }): PemPair {
  const { keyPem, chainPem } = authority.issue(options);
  return { keyPem, chainPem };
}

const [first, second] = [makePair(), makePair()];
let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sekisho-key-files-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const KINDS: readonly [string, () => KeyFiles][] = [
  ['on the disk', () => createKeyFiles(directory)],
  ['in memory', () => createFakeKeyFiles()],
];

describe.each(KINDS)('key files %s', (_kind, create) => {
  it('give back what was saved, and the latest of it', async () => {
    const files = create();
    expect(await files.loadPair('a.test')).toBeUndefined();
    await files.savePair('a.test', first);
    expect(await files.loadPair('a.test')).toEqual(first);
    await files.savePair('a.test', second);
    expect(await files.loadPair('a.test')).toEqual(second);
    expect(await files.loadPair('b.test')).toBeUndefined();
  });

  it('keep pending keys and account keys apart', async () => {
    const files = create();
    await files.savePendingKey('a.test', first.keyPem);
    await files.saveAccountKey('account-1', second.keyPem);
    expect(await files.loadPair('a.test')).toBeUndefined();
    expect(await files.loadPendingKey('a.test')).toBe(first.keyPem);
    expect(await files.loadAccountKey('account-1')).toBe(second.keyPem);
    expect(await files.loadAccountKey('account-2')).toBeUndefined();
    await files.removePendingKey('a.test');
    await files.removePendingKey('a.test');
    expect(await files.loadPendingKey('a.test')).toBeUndefined();
  });

  it('forget a name with all that belongs to it', async () => {
    const files = create();
    await files.savePair('a.test', first);
    await files.savePendingKey('a.test', first.keyPem);
    await files.remove('a.test');
    await files.remove('a.test');
    expect(await files.loadPair('a.test')).toBeUndefined();
    expect(await files.loadPendingKey('a.test')).toBeUndefined();
  });

  it('do not give a key that is not that of the certificate', async () => {
    const files = create();
    await files.savePair('a.test', { keyPem: first.keyPem, chainPem: second.chainPem });
    expect(await files.loadPair('a.test')).toBeUndefined();
  });
});

describe('key files on the disk', () => {
  const folder = (): string => join(directory, 'certificates', 'a.test');

  it('are for the owner alone', async () => {
    const files = createKeyFiles(directory);
    await files.savePair('a.test', first);
    await files.saveAccountKey('account-1', first.keyPem);
    const modeOf = (path: string): number => statSync(path).mode & 0o777;
    expect(readdirSync(folder()).map((file) => modeOf(join(folder(), file)))).toEqual([
      0o600, 0o600,
    ]);
    expect(modeOf(join(directory, 'acme', 'account-1.pem'))).toBe(0o600);
    const folders = [folder(), join(directory, 'certificates'), join(directory, 'acme')];
    expect(folders.map(modeOf)).toEqual([0o700, 0o700, 0o700]);
  });

  it('are not made readable by what an interrupted write left behind', async () => {
    mkdirSync(folder(), { recursive: true });
    writeFileSync(join(folder(), 'next-key.pem.part'), 'left', { mode: 0o644 });
    await createKeyFiles(directory).savePair('a.test', first);
    expect(statSync(join(folder(), 'key.pem')).mode & 0o777).toBe(0o600);
  });

  it('are a pair at every moment at which a process can be killed', async () => {
    const files = createKeyFiles(directory);
    await files.savePair('a.test', first);
    // Before the chain has its name: the new key lies beside the old pair.
    writeFileSync(join(folder(), 'next-key.pem'), second.keyPem);
    expect(await files.loadPair('a.test')).toEqual(first);
    // After the chain has its name, and before the key has.
    writeFileSync(join(folder(), 'chain.pem.part'), second.chainPem);
    renameSync(join(folder(), 'chain.pem.part'), join(folder(), 'chain.pem'));
    expect(await files.loadPair('a.test')).toEqual(second);
    expect(readFileSync(join(folder(), 'key.pem'), 'utf8')).toBe(second.keyPem);
    expect(readdirSync(folder()).toSorted()).toEqual(['chain.pem', 'key.pem']);
  });

  it.each([
    '',
    '.',
    '..',
    '../a',
    'a/b',
    'a..b',
    '-a',
    'a\u0000',
    'A.test',
    'ä.test',
    'a.'.repeat(130),
  ])('are not named after %j', async (name) => {
    const files = createKeyFiles(directory);
    await expect(async () => files.savePair(name, first)).rejects.toThrow(TypeError);
    await expect(async () => files.loadPair(name)).rejects.toThrow(TypeError);
    expect(() => files.remove(name)).toThrow(TypeError);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('say what cannot be written, and why', async () => {
    writeFileSync(join(directory, 'certificates'), 'in the way');
    const files = createKeyFiles(directory);
    await expect(files.savePair('a.test', first)).rejects.toMatchObject({
      code: 'files-unwritable',
      message: expect.stringMatching(/^Cannot write .*next-key\.pem: /),
    });
    await expect(files.loadPair('a.test')).rejects.toMatchObject({
      code: 'files-unreadable',
      message: expect.stringContaining('a part of the path is no directory'),
    });
  });
});

describe('inspectPair (RFC 8461 §3.3)', () => {
  const parsed = parseDomain(HOST);
  const host = (parsed.ok ? parsed.value : HOST) as Domain;
  const nowMs = Date.now();

  it('STS-3.3-2: takes a certificate for the host, in its time, with its key', () => {
    const verdict = inspectPair(first, host, nowMs);
    expect(verdict.kind).toBe('good');
    expect(verdict.kind === 'good' && verdict.notAfterMs - nowMs).toBeGreaterThan(29 * DAY_MS);
  });

  it.each<[string, PemPair, string]>([
    ['no certificate', { ...first, chainPem: 'x' }, 'certificate-unreadable'],
    ['no key', { ...first, keyPem: 'x' }, 'key-unreadable'],
    ['another key', { ...first, keyPem: second.keyPem }, 'key-mismatch'],
    ['another name', makePair({ dnsNames: ['a.test'] }), 'certificate-name'],
    ['a common name only', makePair({ commonName: HOST }), 'certificate-name'],
    [
      'a time that is over',
      makePair({ dnsNames: [HOST], notAfter: new Date(nowMs - DAY_MS / 2) }),
      'certificate-expired',
    ],
    [
      'a time that has not begun',
      makePair({ dnsNames: [HOST], notBefore: new Date(nowMs + DAY_MS) }),
      'certificate-not-yet-valid',
    ],
  ])('refuses %s', (_what, pair, code) => {
    expect(inspectPair(pair, host, nowMs)).toMatchObject({ kind: 'bad', code });
  });
});

describe('certificates of the operator', () => {
  it('have another stamp when a file has changed', async () => {
    const paths = { certificateFile: join(directory, 'c'), keyFile: join(directory, 'k') };
    await expect(ownPairs.stampOf(paths)).rejects.toMatchObject({
      code: 'files-unreadable',
      message: expect.stringContaining('there is no such file'),
    });
    writeFileSync(paths.certificateFile, first.chainPem);
    writeFileSync(paths.keyFile, first.keyPem);
    const stamp = await ownPairs.stampOf(paths);
    expect(await ownPairs.stampOf(paths)).toBe(stamp);
    expect(await ownPairs.read(paths)).toEqual(first);
    writeFileSync(`${paths.keyFile}.new`, second.keyPem);
    renameSync(`${paths.keyFile}.new`, paths.keyFile);
    expect(await ownPairs.stampOf(paths)).not.toBe(stamp);
  });

  it('are not read without end', async () => {
    const paths = { certificateFile: join(directory, 'c'), keyFile: join(directory, 'c') };
    writeFileSync(paths.keyFile, 'x'.repeat(1_048_577));
    await expect(ownPairs.read(paths)).rejects.toMatchObject({ code: 'files-unreadable' });
  });
});
