import { describe, expect, it, onTestFinished } from 'vitest';
import {
  startUpdateServer,
  type UpdateBehaviour,
} from '../../../../../test/peers/update-server.ts';
import { systemClock } from '../clock/index.ts';
import { createRfc2136Updater, type Rfc2136UpdaterOptions } from './create-rfc2136-updater.ts';
import type { TxtChange } from './dns-updater.ts';
import type { TsigKey } from './tsig-key.ts';

const NAME = '_mta-sts.example.test';
const KEY: TsigKey = {
  name: 'sekisho',
  algorithm: 'hmac-sha256',
  secret: Buffer.from('a secret of the tests, 32 octets'),
};

async function start(options: Partial<Rfc2136UpdaterOptions> = {}) {
  const server = await startUpdateServer('example.test', KEY);
  onTestFinished(() => server.close());
  const updater = createRfc2136Updater({
    clock: systemClock,
    server: { host: '127.0.0.1', port: server.port },
    key: KEY,
    ...options,
  });
  onTestFinished(() => updater.close());
  const replace = (more: Partial<TxtChange> = {}) =>
    updater.replaceTxt({
      name: NAME,
      ttlSeconds: 300,
      startsWith: 'v=STSv1',
      text: 'v=STSv1; id=2;',
      ...more,
    });
  const updates = () => server.seen.filter(({ kind }) => kind === 'update');
  return { server, updater, replace, updates };
}

/** Zone, prerequisites and updates counted in the header, and the message without header and signature. */
function countsOf(bytes: Buffer | undefined) {
  return [4, 6, 8, 10].map((at) => bytes?.readUInt16BE(at));
}

describe('createRfc2136Updater (RFC 2136 §2)', () => {
  it('adds a record where none is, provided that none is', async () => {
    const { replace, updates } = await start();
    expect(await replace()).toEqual({ kind: 'done' });
    expect(updates()).toHaveLength(1);
    expect(countsOf(updates()[0]?.bytes)).toEqual([1, 1, 1, 1]);
  });

  it('takes ours away, leaves others, provided that all are still there', async () => {
    const { server, replace, updates } = await start();
    server.set(NAME, 'TXT', ['v=STSv1; id=1;', 'something else', ['v=STSv1; ', 'id=0;']]);
    expect(await replace()).toEqual({ kind: 'done' });
    expect(countsOf(updates()[0]?.bytes)).toEqual([1, 3, 3, 1]);
    const text = updates()[0]?.bytes.toString('latin1') ?? '';
    expect(text.split('something else')).toHaveLength(2);
    expect(text.split('\u0009v=STSv1; \u0005id=0;')).toHaveLength(3);
  });

  it('removes only, when there is no text', async () => {
    const { server, replace, updates } = await start();
    server.set(NAME, 'TXT', ['v=STSv1; id=1;']);
    expect(await replace({ text: undefined })).toEqual({ kind: 'done' });
    expect(countsOf(updates()[0]?.bytes)).toEqual([1, 1, 1, 1]);
  });

  it.each([
    ['the record is there', ['v=STSv1; id=2;', 'x'], {}],
    ['nothing is there to be removed', ['x'], { text: undefined }],
  ])('sends nothing when %s', async (_case, texts, more) => {
    const { server, replace, updates } = await start();
    server.set(NAME, 'TXT', texts);
    expect(await replace(more)).toEqual({ kind: 'done' });
    expect(updates()).toEqual([]);
  });

  it.each([
    ['the TTL is another one', ['v=STSv1; id=2;'], { ttlSeconds: 60 }],
    ['the record is there twice', ['v=STSv1; id=2;', 'v=STSv1; id=2; x=y;'], {}],
  ])('sends when %s', async (_case, texts, more) => {
    const { server, replace, updates } = await start();
    server.set(NAME, 'TXT', texts);
    expect(await replace(more)).toEqual({ kind: 'done' });
    expect(updates()).toHaveLength(1);
  });

  it('reads again when somebody else was faster, three times at most', async () => {
    const { server, replace, updates } = await start();
    server.behave('update', { rcode: 8 });
    server.onUpdate = () => server.set(NAME, 'TXT', [`change ${updates().length}`]);
    expect(await replace()).toMatchObject({ kind: 'failed', code: 'changed-meanwhile' });
    expect(updates()).toHaveLength(3);
    server.onUpdate = () => server.behave('update', 'honest');
    expect(await replace()).toEqual({ kind: 'done' });
  });

  it('an update whose answer was lost is found done', async () => {
    const { server, replace, updates } = await start({ timeoutMs: 100 });
    server.behave('update', 'silent');
    server.onUpdate = () => {
      server.set(NAME, 'TXT', ['v=STSv1; id=2;']);
      server.behave('update', { rcode: 8 });
      if (updates().length === 1) server.behave('update', 'silent');
    };
    expect(await replace()).toEqual({ kind: 'done' });
    expect(updates().length).toBeGreaterThan(1);
  });

  it('goes over TCP when the answer is cut', async () => {
    const { server, replace, updates } = await start();
    server.behave('update', 'truncated');
    expect(await replace()).toEqual({ kind: 'done' });
    expect(updates().map(({ transport }) => transport)).toEqual(['udp', 'tcp']);
  });

  it('goes over TCP at last when UDP is silent', async () => {
    const { server, replace, updates } = await start({ timeoutMs: 50 });
    server.behave('update', 'silent');
    expect(await replace()).toMatchObject({ kind: 'failed', code: 'timeout' });
    expect(updates().map(({ transport }) => transport)).toEqual(['udp', 'udp', 'tcp']);
    const ids = updates().map(({ bytes }) => bytes.readUInt16BE(0));
    expect(new Set(ids).size).toBeGreaterThan(1);
  });

  it('refuses to write beside a CNAME, where a server would drop it without a word', async () => {
    const { server, replace, updates } = await start();
    server.set(NAME, 'CNAME', ['x.provider.test']);
    const outcome = await replace();
    expect(outcome).toMatchObject({ kind: 'refused', code: 'name-is-cname' });
    expect(JSON.stringify(outcome)).toContain('x.provider.test');
    expect(updates()).toEqual([]);
  });

  it('a name that is none is refused without a packet', async () => {
    const { server, replace } = await start();
    expect(await replace({ name: 'a..b' })).toMatchObject({ code: 'name-invalid' });
    expect(server.seen).toEqual([]);
  });

  it('a closed updater fails', async () => {
    const { updater, replace } = await start();
    updater.close();
    expect(await replace()).toMatchObject({ kind: 'failed' });
  });
});

describe('answers to an update (RFC 2136 §2.2, RFC 8945 §5.3)', () => {
  it.each<[UpdateBehaviour, string, string]>([
    [{ rcode: 1 }, 'refused', 'formerr'],
    [{ rcode: 2 }, 'failed', 'servfail'],
    [{ rcode: 4 }, 'refused', 'notimp'],
    [{ rcode: 5 }, 'refused', 'refused'],
    [{ rcode: 9 }, 'refused', 'notauth'],
    [{ rcode: 10 }, 'refused', 'notzone'],
    [{ rcode: 11 }, 'refused', 'rcode-11'],
    [{ rcode: 9, tsigError: 16 }, 'refused', 'tsig-bad-signature'],
    [{ rcode: 9, tsigError: 17 }, 'refused', 'tsig-bad-key'],
    [{ rcode: 9, tsigError: 18 }, 'failed', 'tsig-bad-time'],
    [{ rcode: 9, tsigError: 22 }, 'refused', 'tsig-error'],
    ['unsigned', 'failed', 'tsig-absent'],
    ['wrong-mac', 'failed', 'tsig-wrong'],
    ['silent', 'failed', 'timeout'],
  ])('%j is %s, %s', async (behaviour, kind, code) => {
    const { server, replace } = await start({ timeoutMs: behaviour === 'silent' ? 50 : 3000 });
    server.behave('update', behaviour);
    const outcome = await replace();
    expect(outcome).toMatchObject({ kind, code });
    const { message } = outcome as { message: string };
    expect(message).toMatch(/^Cannot update zone "example\.test": 127\.0\.0\.1:\d+ [\x20-\x7e§]+$/);
  });

  it.each<[UpdateBehaviour, string]>([
    ['wrong-mac', 'tsig-wrong'],
    [{ rcode: 5 }, 'refused'],
    [{ rcode: 9, tsigError: 17 }, 'tsig-bad-key'],
  ])('of the query before it: %j is %s', async (behaviour, code) => {
    const { server, replace, updates } = await start();
    server.behave('query', behaviour);
    expect(await replace()).toMatchObject({ code });
    expect(updates()).toEqual([]);
  });

  it('a query may be answered unsigned, since the update has prerequisites', async () => {
    const { server, replace, updates } = await start();
    server.behave('query', 'unsigned');
    expect(await replace()).toEqual({ kind: 'done' });
    expect(updates()).toHaveLength(1);
  });

  it('a server of another zone is refused before anything is sent', async () => {
    const { replace, updates } = await start();
    expect(await replace({ name: 'x.other.test' })).toMatchObject({ code: 'refused' });
    expect(updates()).toEqual([]);
  });
});
