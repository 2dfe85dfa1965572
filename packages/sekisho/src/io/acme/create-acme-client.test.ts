import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../../../../../test/peers/certificates.ts';
import { createFakeClock } from '../clock/index.ts';
import type { AcmeResult } from './acme-client.ts';
import { type AcmeClientOptions, createAcmeClient } from './create-acme-client.ts';

const authority = createCertificateAuthority();
const { keyPem, chainPem } = authority.issue({ dnsNames: ['localhost'] });
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const servers: Server[] = [];
const clients: { close(): void }[] = [];
let clock = createFakeClock();
beforeEach(() => {
  clock = createFakeClock();
});

type Answer = (asked: IncomingMessage, response: ServerResponse, base: string) => void;

/** What an honest authority says; a test changes one path. */
const HONEST: Readonly<Record<string, Answer>> = {
  '/dir': (_asked, response, base) =>
    json(response, 200, {
      newNonce: `${base}/nonce`,
      newAccount: `${base}/account`,
      newOrder: `${base}/order`,
      renewalInfo: `${base}/ari`,
    }),
  '/nonce': (_asked, response) => response.writeHead(200, nonce()).end(),
  '/account': (_asked, response, base) =>
    json(response, 201, { status: 'valid' }, { Location: `${base}/account/1` }),
  '/order': (_asked, response, base) =>
    json(response, 201, ORDER(base), { Location: `${base}/order/1` }),
};
const ORDER = (base: string) => ({
  status: 'pending',
  identifiers: [{ type: 'dns', value: 'mta-sts.a.test' }],
  authorizations: [`${base}/authorization/1`],
  finalize: `${base}/finalize/1`,
});

function nonce(): Record<string, string> {
  return { 'Replay-Nonce': Math.random().toString(36).slice(2) };
}

function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...nonce(), ...headers });
  response.end(JSON.stringify(body));
}

async function open(
  answers: Readonly<Record<string, Answer>> = {},
  options: Partial<AcmeClientOptions> = {},
) {
  const all = { ...HONEST, ...answers };
  const server = createServer({ key: keyPem, cert: chainPem }, (asked, response) => {
    const answer = all[asked.url ?? ''] ?? all['*'];
    if (answer === undefined) json(response, 404, { type: 'x', detail: 'no such page' });
    else answer(asked, response, base);
  });
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  const base = `https://localhost:${(server.address() as AddressInfo).port}`;
  const client = createAcmeClient({
    directoryUrl: `${base}/dir`,
    ca: [authority.rootPem],
    clock,
    deadlineMs: 2000,
    ...options,
  });
  clients.push(client);
  return client;
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await once(server.close(), 'close');
  }
});

async function valueOf<T>(result: Promise<AcmeResult<T>>): Promise<T> {
  const settled = await result;
  if (settled.kind === 'failure') throw new Error(settled.message);
  return settled.value;
}

describe('createAcmeClient (RFC 8555)', () => {
  it('opens an account and orders', async () => {
    const client = await open();
    const account = await valueOf(client.openAccount(key));
    const order = await valueOf(account.createOrder('mta-sts.a.test'));
    expect(order).toMatchObject({ status: 'pending', hostNames: ['mta-sts.a.test'] });
    expect(order.url).toMatch(/\/order\/1$/);
    expect(account.keyAuthorization('t')).toMatch(/^t\.[\w-]{43}$/);
  });

  it.each<[string, Answer, string, RegExp]>([
    ['no JSON', (_a, r) => void r.end('<html>'), 'malformed', /directory is not a JSON object/],
    ['a list', (_a, r) => json(r, 200, []), 'malformed', /directory is not a JSON object/],
    ['http URLs', (_a, r) => json(r, 200, { newNonce: 'http://a/' }), 'malformed', /https URL/],
    ['an endless body', (_a, r) => endless(r), 'malformed', /longer than 262144 bytes/],
    [
      'silence',
      () => void clock.advance(2000),
      'timeout',
      /no answer from localhost:\d+ in 2000 ms/,
    ],
    [
      'half an answer',
      (_a, r) => void r.writeHead(200).write('{', () => void clock.advance(2000)),
      'timeout',
      /no answer/,
    ],
    ['a hang-up', (a) => void a.socket.destroy(), 'unreachable', /ECONNRESET/],
    ['status 500', (_a, r) => json(r, 500, {}), 'server', /answers 500/],
    [
      'a redirect',
      (_a, r) => void r.writeHead(302, { Location: 'https://a/' }).end(),
      'refused',
      /answers 302/,
    ],
    [
      'terms that nobody accepted',
      (_a, r, base) =>
        json(r, 200, {
          newNonce: base,
          newAccount: base,
          newOrder: base,
          meta: { termsOfService: 'https://a/\u001b[2J' },
        }),
      'terms-not-accepted',
      /https:\/\/a\/\\x1b\[2J/,
    ],
    [
      'that it wants an external account',
      (_a, r, base) =>
        json(r, 200, {
          newNonce: base,
          newAccount: base,
          newOrder: base,
          meta: { externalAccountRequired: true },
        }),
      'external-account',
      /external account binding/,
    ],
  ])(
    'says what is wrong with a directory that answers %s',
    async (_what, answer, code, message) => {
      const client = await open({ '/dir': answer });
      const failure = await client.openAccount(key);
      expect(failure).toMatchObject({ kind: 'failure', code });
      expect(failure.kind === 'failure' && failure.message).toMatch(message);
    },
  );

  it('trusts only the CA that it was given', async () => {
    const stranger = createCertificateAuthority(undefined, 'Stranger');
    const client = await open({}, { ca: [stranger.rootPem] });
    expect(await client.openAccount(key)).toMatchObject({ kind: 'failure', code: 'tls' });
  });

  it('gives a rate limit with its time (RFC 8555 §6.6)', async () => {
    const type = 'urn:ietf:params:acme:error:rateLimited';
    const client = await open({
      '/order': (_asked, response) =>
        json(response, 429, { type, detail: 'too many' }, { 'Retry-After': '600' }),
    });
    const account = await valueOf(client.openAccount(key));
    expect(await account.createOrder('mta-sts.a.test')).toEqual({
      kind: 'failure',
      code: 'rate-limited',
      message: 'the authority answers 429: rateLimited: too many',
      retryAfterMs: 600_000,
    });
  });

  it('gives up when nonce after nonce is refused (RFC 8555 §6.5)', async () => {
    let tries = 0;
    const client = await open({
      '/account': (_asked, response) => {
        tries += 1;
        json(response, 400, { type: 'urn:ietf:params:acme:error:badNonce' });
      },
    });
    expect(await client.openAccount(key)).toMatchObject({ kind: 'failure', code: 'refused' });
    expect(tries).toBe(12);
  });

  it.each([
    [{ status: 'odd' }, /"status"/],
    [{ authorizations: ['file:///etc/passwd'] }, /"authorizations"/],
    [{ authorizations: Array.from({ length: 101 }, () => 'https://a/') }, /"authorizations"/],
    [{ finalize: 'https://user:pass@a/' }, /"finalize"/],
    [{ identifiers: [{ type: 'ip', value: '::1' }] }, /"type"/],
    [{ status: 'valid' }, /"certificate"/],
  ])('refuses an order with %j', async (wrong, message) => {
    const client = await open({
      '/order': (_asked, response, base) =>
        json(response, 201, { ...ORDER(base), ...wrong }, { Location: `${base}/order/1` }),
    });
    const account = await valueOf(client.openAccount(key));
    const failure = await account.createOrder('mta-sts.a.test');
    expect(failure).toMatchObject({ kind: 'failure', code: 'malformed' });
    expect(failure.kind === 'failure' && failure.message).toMatch(message);
  });

  it('refuses a token that is more than a token (RFC 8555 §8.3)', async () => {
    const challenges = [
      { type: 'http-01', token: '../../a', url: 'https://a/', status: 'pending' },
    ];
    const client = await open({
      '*': (_asked, response) =>
        json(response, 200, {
          status: 'pending',
          identifier: { type: 'dns', value: 'a.test' },
          challenges,
        }),
    });
    const account = await valueOf(client.openAccount(key));
    const failure = await account.getAuthorization(
      account.url.replace('/account/', '/authorization/'),
    );
    expect(failure).toMatchObject({ kind: 'failure', code: 'malformed' });
  });

  it.each([
    '',
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    chainPem.repeat(6),
  ])('refuses a chain that is none (%#)', async (body) => {
    const client = await open({
      '*': (_asked, response) => void response.writeHead(200).end(body),
    });
    const account = await valueOf(client.openAccount(key));
    const failure = await account.download(account.url.replace('/account/', '/certificate/'));
    expect(failure).toMatchObject({ kind: 'failure', code: 'malformed' });
  });

  it('keeps of a chain the certificates alone', async () => {
    const client = await open({
      '*': (_asked, response) => void response.writeHead(200).end(`\u001b[2J${chainPem}tail`),
    });
    const account = await valueOf(client.openAccount(key));
    const downloaded = await valueOf(
      account.download(account.url.replace('/account/', '/certificate/')),
    );
    expect(downloaded).toBe(chainPem);
  });

  it('ends what is under way when it is closed', async () => {
    const client = await open({ '/dir': () => setTimeout(() => client.close(), 20) });
    expect(await client.openAccount(key)).toMatchObject({ kind: 'failure', code: 'unreachable' });
  });

  it.each(['http://a/dir', 'dir', 'file:///dir'])('takes no directory at %s', (directoryUrl) => {
    expect(() => createAcmeClient({ directoryUrl, clock })).toThrow(TypeError);
  });
});

describe('renewal information (RFC 9773 §4)', () => {
  const start = '2026-01-02T00:00:00Z';
  const end = '2026-01-03T00:00:00Z';

  it.each([
    [undefined, 21_600_000],
    ['5', 60_000],
    ['999999', 86_400_000],
    ['7200', 7_200_000],
  ])('with Retry-After %s is asked again in %i ms', async (retryAfter, retryAfterMs) => {
    const headers = retryAfter === undefined ? {} : { 'Retry-After': retryAfter };
    const client = await open({
      '/ari/a.b': (_asked, response) =>
        json(response, 200, { suggestedWindow: { start, end } }, headers),
    });
    expect(await valueOf(client.getRenewalInfo('a.b'))).toEqual({
      startMs: Date.parse(start),
      endMs: Date.parse(end),
      retryAfterMs,
    });
  });

  it('is malformed with a window that ends before it begins', async () => {
    const client = await open({
      '/ari/a.b': (_asked, response) =>
        json(response, 200, { suggestedWindow: { start: end, end: start } }),
    });
    expect(await client.getRenewalInfo('a.b')).toMatchObject({ code: 'malformed' });
  });

  it('is undefined where the directory does not offer it, and `replaces` is left out', async () => {
    let payload = '';
    const client = await open({
      '/dir': (_asked, response, base) =>
        json(response, 200, {
          newNonce: `${base}/nonce`,
          newAccount: `${base}/account`,
          newOrder: `${base}/order`,
        }),
      '/order': (asked, response, base) => {
        asked.on('data', (chunk: Buffer) => {
          payload += chunk.toString();
        });
        asked.on('end', () => json(response, 201, ORDER(base), { Location: `${base}/order/1` }));
      },
    });
    expect(await valueOf(client.getRenewalInfo('a.b'))).toBeUndefined();
    const account = await valueOf(client.openAccount(key));
    await valueOf(account.createOrder('mta-sts.a.test', { replaces: 'a.b' }));
    const sent = JSON.parse(payload) as { readonly payload: string };
    expect(Buffer.from(sent.payload, 'base64url').toString()).not.toContain('replaces');
  });
});

function endless(response: ServerResponse): void {
  response.writeHead(200);
  const more = (): void => {
    while (!response.destroyed && response.write('x'.repeat(65_536)));
  };
  response.on('drain', more);
  more();
}
