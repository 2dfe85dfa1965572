import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseTsigKey, readTsigKey } from './tsig-key.ts';

const SECRET = 'YSBzZWNyZXQgb2YgdGhlIHRlc3RzLCAzMiBvY3RldHM=';
const BIND = `key "sekisho" {\n\talgorithm hmac-sha512;\n\tsecret "${SECRET}";\n};\n`;
const KNOT = `# hmac-sha512:sekisho:${SECRET}\nkey:\n- id: sekisho\n  algorithm: hmac-sha512\n  secret: ${SECRET}\n`;
const secret = Buffer.from(SECRET, 'base64');

describe('parseTsigKey', () => {
  it.each([
    ['the bare secret', `${SECRET}\n`, { name: 'Sekisho.' }, 'hmac-sha256'],
    [
      'the bare secret, broken',
      `${SECRET.slice(0, 20)}\n ${SECRET.slice(20)}`,
      { name: 'sekisho', algorithm: 'HMAC-SHA384' },
      'hmac-sha384',
    ],
    ['the statement of BIND', BIND, {}, 'hmac-sha512'],
    [
      'the statement of BIND, with a comment',
      `// for mail\n/* key "x" { */ ${BIND}`,
      { name: 'sekisho' },
      'hmac-sha512',
    ],
    ['on one line', `key sekisho{algorithm hmac-sha512;secret ${SECRET};};`, {}, 'hmac-sha512'],
    ['what keymgr of Knot writes', KNOT, { algorithm: 'hmac-sha512' }, 'hmac-sha512'],
  ])('reads %s', (_case, text, settings, algorithm) => {
    expect(parseTsigKey(text, settings)).toEqual({
      kind: 'key',
      key: { name: 'sekisho', algorithm, secret },
    });
  });

  it.each([
    ['no name', SECRET, {}, 'no name'],
    ['nothing', '', { name: 'a' }, '0 octets'],
    ['no base64', 'not base64!', { name: 'a' }, 'no secret in base64'],
    ['a short secret', 'AAAA', { name: 'a' }, '3 octets'],
    ['md5', SECRET, { name: 'a', algorithm: 'hmac-md5' }, 'must be one of hmac-sha256'],
    ['another name', BIND, { name: 'other' }, 'is for key "sekisho"'],
    ['another algorithm', BIND, { algorithm: 'hmac-sha256' }, 'is for algorithm'],
  ])('refuses %s, without the secret in what it says', (_case, text, settings, reason) => {
    const reading = parseTsigKey(text, settings);
    expect(reading.kind === 'fault' && reading.reason).toContain(reason);
    expect(JSON.stringify(reading)).not.toContain(SECRET.slice(0, 10));
  });
});

describe('readTsigKey', () => {
  const write = async (mode: number): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'sekisho-tsig-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'key');
    await writeFile(path, BIND);
    await chmod(path, mode);
    return path;
  };

  it('reads a file, and warns when others may', async () => {
    expect(await readTsigKey(await write(0o600))).toMatchObject({ kind: 'key', warnings: [] });
    const { warnings } = await readTsigKey(await write(0o644));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('mode 644');
  });

  it('throws for a file that cannot be read', async () => {
    await expect(readTsigKey('/nowhere/key')).rejects.toMatchObject({
      code: 'tsig-key-unreadable',
      message: 'Cannot read TSIG key file /nowhere/key: ENOENT',
    });
  });
});
