import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeClock } from '../clock/index.ts';
import { formatServerAddress } from './server-address.ts';
import { createResolvConfServerList } from './server-list.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sekisho-dns-'));
  path = join(folder, 'resolv.conf');
});
afterEach(() => rm(folder, { recursive: true }));

function start() {
  const clock = createFakeClock();
  const problems: string[] = [];
  const list = createResolvConfServerList({
    path,
    clock,
    onProblem: (message) => problems.push(message),
  });
  const current = async (): Promise<string[]> => (await list.current()).map(formatServerAddress);
  return { clock, problems, current };
}

describe('createResolvConfServerList', () => {
  it('asks 127.0.0.1 while the file is missing, and says so once', async () => {
    const { clock, problems, current } = start();
    expect(await current()).toEqual(['127.0.0.1:53']);
    await clock.advance(1000);
    expect(await current()).toEqual(['127.0.0.1:53']);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/cannot be read .*ENOENT.*: 127\.0\.0\.1:53 stays in use$/);
  });

  it('reads a changed file after a second, not before', async () => {
    await writeFile(path, 'nameserver 192.0.2.1');
    const { clock, problems, current } = start();
    expect(await current()).toEqual(['192.0.2.1:53']);
    await writeFile(path, 'nameserver 192.0.2.22');
    await clock.advance(999);
    expect(await current()).toEqual(['192.0.2.1:53']);
    await clock.advance(1);
    expect(await current()).toEqual(['192.0.2.22:53']);
    expect(problems).toEqual([]);
  });

  it('reads a file that was put in its place, of the same size', async () => {
    await writeFile(path, 'nameserver 192.0.2.1');
    const { clock, current } = start();
    await current();
    await writeFile(`${path}.new`, 'nameserver 192.0.2.2');
    await rename(`${path}.new`, path);
    await clock.advance(1000);
    expect(await current()).toEqual(['192.0.2.2:53']);
  });

  it('finds a file that appears later', async () => {
    const { clock, current } = start();
    await current();
    await writeFile(path, 'nameserver 192.0.2.1');
    await clock.advance(1000);
    expect(await current()).toEqual(['192.0.2.1:53']);
  });

  it('keeps the servers known before while the file is gone or half written', async () => {
    await writeFile(path, 'nameserver 192.0.2.1');
    const { clock, problems, current } = start();
    await current();
    await writeFile(path, '');
    await clock.advance(1000);
    expect(await current()).toEqual(['192.0.2.1:53']);
    await rm(path);
    await clock.advance(1000);
    expect(await current()).toEqual(['192.0.2.1:53']);
    expect(problems).toHaveLength(2);
    await writeFile(path, 'nameserver 192.0.2.2');
    await clock.advance(1000);
    expect(await current()).toEqual(['192.0.2.2:53']);
  });

  it('tells about lines that cannot be used', async () => {
    await writeFile(path, 'nameserver localhost\nnameserver 192.0.2.1');
    const { problems, current } = start();
    expect(await current()).toEqual(['192.0.2.1:53']);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${path}: line 1 is left aside: nameserver is "localhost"`);
  });

  it('looks at the file once for many lookups at the same time', async () => {
    await writeFile(path, 'nameserver 192.0.2.1');
    const { current } = start();
    const all = await Promise.all(Array.from({ length: 50 }, current));
    expect(new Set(all.map(String))).toEqual(new Set(['192.0.2.1:53']));
  });
});
