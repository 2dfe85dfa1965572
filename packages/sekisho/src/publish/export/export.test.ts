import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Domain, parseDomain } from '@sekisho/spec';
import { afterAll, describe, expect, it } from 'vitest';
import { createStaticFiles } from '../../io/static-files/index.ts';
import {
  createPolicyTree,
  findPathProblem,
  renderCaddyfile,
  renderNginx,
  renderWorker,
} from './index.ts';

const directory = mkdtempSync(join(tmpdir(), 'sekisho-export-'));
afterAll(() => rmSync(directory, { recursive: true }));

function domain(name: string): Domain {
  const parsed = parseDomain(name);
  if (!parsed.ok) throw new Error(name);
  return parsed.value;
}

const [FIRST, SECOND] = [domain('a.example'), domain('b.example')];
const BODY = 'version: STSv1\r\nmode: testing\r\nmx: mx.a.example\r\nmax_age: 604800\r\n';

describe('createPolicyTree (RFC 8461 §3.2)', () => {
  it('writes the exact text where a web server finds it, readable by it', async () => {
    const tree = createPolicyTree(createStaticFiles(join(directory, 'tree')));
    const before = process.umask(0o077);
    try {
      await tree.put({ domain: FIRST, body: BODY });
    } finally {
      process.umask(before);
    }
    const path = join(directory, 'tree/mta-sts.a.example/.well-known/mta-sts.txt');
    expect(await readFile(path, 'utf8')).toBe(BODY);
    expect(statSync(path).mode & 0o777).toBe(0o644);
    expect(statSync(join(directory, 'tree/mta-sts.a.example')).mode & 0o777).toBe(0o755);
  });

  it('writes nothing where the text is there already', async () => {
    const tree = createPolicyTree(createStaticFiles(join(directory, 'same')));
    const path = join(directory, 'same/mta-sts.a.example/.well-known/mta-sts.txt');
    await tree.put({ domain: FIRST, body: BODY });
    const { ino } = await stat(path);
    await tree.put({ domain: FIRST, body: BODY });
    expect((await stat(path)).ino).toBe(ino);
    await tree.put({ domain: FIRST, body: `${BODY}x: y\r\n` });
    expect((await stat(path)).ino).not.toBe(ino);
  });

  it('removes a file with what is empty above it, and nothing else', async () => {
    const root = join(directory, 'gone');
    const tree = createPolicyTree(createStaticFiles(root));
    await tree.put({ domain: FIRST, body: BODY });
    await tree.put({ domain: SECOND, body: BODY });
    writeFileSync(join(root, 'mta-sts.b.example/index.html'), '');
    await tree.remove(FIRST);
    await tree.remove(SECOND);
    await tree.remove(SECOND);
    await expect(stat(join(root, 'mta-sts.a.example'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(statSync(join(root, 'mta-sts.b.example/index.html')).size).toBe(0);
  });

  it('says what it cannot write', async () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    const tree = createPolicyTree(createStaticFiles(file));
    await expect(tree.put({ domain: FIRST, body: BODY })).rejects.toMatchObject({
      code: 'file-unwritable',
      message: expect.stringContaining(`Cannot write ${file}/mta-sts.a.example/`),
    });
  });

  it('writes nowhere else', async () => {
    await expect(createStaticFiles(join(directory, 'in')).put('../out', '')).rejects.toThrow(
      TypeError,
    );
  });
});

describe('the snippets (RFC 8461 §3.3)', () => {
  it.each([
    '/srv/a"b',
    '/srv/$host',
    '/srv/a\\b',
    '/srv/{b}',
    '/srv/a;b',
    "/srv/a'b",
    '/srv/a\nb',
    'srv',
  ])('are not made for the directory %j', (path) => {
    expect(findPathProblem(path)).toBeDefined();
    expect(() => renderNginx([FIRST], path)).toThrow(TypeError);
    expect(() => renderCaddyfile([FIRST], path)).toThrow(TypeError);
  });

  it.each([renderNginx, renderCaddyfile])('%o has every host, and redirects nowhere', (render) => {
    const text = render([FIRST, SECOND], '/srv/mta-sts').replaceAll(/#.*/gu, '');
    expect(text).toContain('mta-sts.a.example');
    expect(text).toContain('mta-sts.b.example');
    expect(text).not.toMatch(/return 30|redir|rewrite/u);
  });
});

interface Worker {
  fetch(request: Request): Response;
}

/** The worker as Cloudflare would load it. */
async function loadWorker(text: string): Promise<Worker> {
  const url = `data:text/javascript;base64,${Buffer.from(text).toString('base64')}`;
  return ((await import(/* @vite-ignore */ url)) as { readonly default: Worker }).default;
}

describe('renderWorker (RFC 8461 §3.3)', () => {
  const ODD = `${BODY}note: \${1} \`</script> \u2028 " \\\r\n`;
  const load = () =>
    loadWorker(
      renderWorker([
        { domain: FIRST, body: BODY },
        { domain: SECOND, body: ODD },
      ]),
    );
  const url = (host: string, path = '/.well-known/mta-sts.txt') => `https://${host}${path}`;

  it('gives out exact texts as text/plain', async () => {
    const worker = await load();
    const answer = worker.fetch(new Request(url('mta-sts.a.example')));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/plain');
    expect(answer.headers.get('cache-control')).toBe('max-age=60');
    expect(await answer.text()).toBe(BODY);
    expect(await worker.fetch(new Request(url('MTA-STS.b.example'))).text()).toBe(ODD);
  });

  it('answers HEAD without a body', async () => {
    const worker = await load();
    const answer = worker.fetch(new Request(url('mta-sts.a.example'), { method: 'HEAD' }));
    expect([answer.status, await answer.text()]).toEqual([200, '']);
  });

  it.each([
    ['mta-sts.a.example', '/'],
    ['mta-sts.a.example', '/.well-known/mta-sts.txt/'],
    ['mta-sts.a.example', '/.well-known/MTA-STS.txt'],
    ['a.example', '/.well-known/mta-sts.txt'],
    ['constructor', '/.well-known/mta-sts.txt'],
  ])('has nothing else: %s%s', async (host, path) => {
    expect((await load()).fetch(new Request(url(host, path))).status).toBe(404);
  });

  it('takes no other method', async () => {
    const worker = await load();
    const answer = worker.fetch(new Request(url('mta-sts.a.example'), { method: 'POST' }));
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});
