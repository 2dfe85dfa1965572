import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createFakeClock } from '../../io/clock/index.ts';
import { createMemoryLog } from '../../io/log/index.ts';
import { createServer } from '../../io/node-http/index.ts';
import type { CountedSessions } from '../store/index.ts';
import { createSessionsHandler, MOST_BODY_BYTES } from './index.ts';

const NOW_MS = Date.UTC(2026, 0, 2, 12);
const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const batch = (domain = 'example.com') =>
  JSON.stringify({
    sessions: [
      {
        at: '2026-01-02T11:00:00Z',
        domain,
        policy: { 'policy-type': 'no-policy-found' },
        success: true,
      },
    ],
  });

async function serve(add?: (sessions: readonly CountedSessions[]) => Promise<void>) {
  const clock = createFakeClock(NOW_MS);
  const log = createMemoryLog();
  const added: CountedSessions[] = [];
  const handle = createSessionsHandler({
    add: add ?? (async (sessions) => void added.push(...sessions)),
    tokens: () => ['', 'first-token', 'second-token'],
    clock,
    log,
  });
  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const post = async (body: string, headers: Record<string, string> = {}, method = 'POST') => {
    const response = await fetch(`http://127.0.0.1:${port}/v1/sessions`, {
      method,
      ...(method === 'GET' ? {} : { body }),
      headers: {
        'Content-Type': 'application/json',
        Authorization: 'Bearer second-token',
        ...headers,
      },
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  return { post, added, clock, log, port };
}

describe('createSessionsHandler', () => {
  it('answers 202 only when the sessions are kept', async () => {
    const kept = Promise.withResolvers<void>();
    const called = Promise.withResolvers<void>();
    const { post } = await serve(() => {
      called.resolve();
      return kept.promise;
    });
    let isAnswered = false;
    const answer = post(batch()).then((given) => {
      isAnswered = true;
      return given;
    });
    await called.promise;
    expect(isAnswered).toBe(false);
    kept.resolve();
    expect(await answer).toMatchObject({ status: 202, body: { accepted: 1 } });
  });

  it('keeps nothing of a batch with a problem, and lists them', async () => {
    const { post, added } = await serve();
    const body = batch().replace('[{', '[{"count":0},{');
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ problems: [{ path: '$.sessions[0].at' }, {}, {}, {}, {}] });
    expect(added).toEqual([]);
  });

  it.each<[string, string, Record<string, string>, number]>([
    ['no token', batch(), { Authorization: '' }, 401],
    ['an empty token', batch(), { Authorization: 'Bearer ' }, 401],
    ['another token', batch(), { Authorization: 'Bearer second-tokem' }, 401],
    ['another scheme', batch(), { Authorization: 'Basic second-token' }, 401],
    ['another type', batch(), { 'Content-Type': 'text/plain' }, 415],
    ['an encoding', batch(), { 'Content-Encoding': 'gzip' }, 415],
    ['no JSON', '{', {}, 400],
    ['deep JSON', '['.repeat(500_000), {}, 400],
    ['too large', ' '.repeat(MOST_BODY_BYTES + 1), {}, 413],
    ['a key that is none', batch(), { 'Idempotency-Key': 'a b' }, 400],
    ['the first token', batch(), { Authorization: 'bearer first-token' }, 202],
    ['as large as may be', batch().padEnd(MOST_BODY_BYTES), {}, 202],
  ])('%s', async (_, body, headers, status) => {
    const { post, added } = await serve();
    expect((await post(body, headers)).status).toBe(status);
    expect(added).toHaveLength(status === 202 ? 1 : 0);
  });

  it('allows POST only', async () => {
    const { post } = await serve();
    const answer = await post('', {}, 'GET');
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST');
  });

  it('counts a repeated request once, for a day', async () => {
    const { post, added, clock } = await serve();
    const key = { 'Idempotency-Key': 'abc' };
    expect((await post(batch(), key)).headers.get('idempotent-replayed')).toBeNull();
    const again = await post(batch(), key);
    expect(again).toMatchObject({ status: 202, body: { accepted: 1 } });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(added).toHaveLength(1);
    expect((await post(batch('other.test'), key)).status).toBe(422);
    // Somebody else may use the same key.
    await post(batch(), { ...key, Authorization: 'Bearer first-token' });
    expect(added).toHaveLength(2);
    await clock.advance(86_400_000);
    await post(batch(), key);
    expect(added).toHaveLength(3);
  });

  it('says so when nothing could be kept, and lets it be sent again', async () => {
    let failures = 1;
    const { post, log } = await serve(async () => {
      if (failures-- > 0) throw new Error('disk is full');
    });
    const key = { 'Idempotency-Key': 'abc' };
    const answer = await post(batch(), key);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('30');
    expect(JSON.stringify(answer.body)).not.toContain('disk');
    expect(log.entries[0]?.event).toBe('sessions could not be kept');
    expect((await post(batch(), key)).status).toBe(202);
  });

  it.each([
    ['does not come', 'Content-Length: 100', '{', '408'],
    [
      'is larger than said',
      'Transfer-Encoding: chunked',
      `200000\r\n${' '.repeat(0x200000)}`,
      '413',
    ],
  ])('gives up a body that %s', async (_, header, body, status) => {
    const { port, clock, added } = await serve();
    const socket = connect(port, '127.0.0.1');
    const head = [
      'POST /v1/sessions HTTP/1.1',
      'Host: localhost',
      'Content-Type: application/json',
      'Authorization: Bearer first-token',
      header,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('error', () => undefined);
    while (!text.startsWith('HTTP/1.1')) await clock.advance(1000);
    socket.destroy();
    expect(text).toContain(`HTTP/1.1 ${status}`);
    expect(text).toContain('Connection: close');
    expect(added).toEqual([]);
  });
});
