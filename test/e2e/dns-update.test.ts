import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthorities } from '../../packages/sekisho/src/io/authorities/index.ts';
import { systemClock } from '../../packages/sekisho/src/io/clock/index.ts';
import {
  createDirectClient,
  createFakeResolver,
  fakeAnswer,
} from '../../packages/sekisho/src/io/dns/index.ts';
import {
  createRfc2136Updater,
  type Rfc2136UpdaterOptions,
  TSIG_ALGORITHMS,
  type TsigAlgorithm,
} from '../../packages/sekisho/src/io/dns-update/index.ts';
import {
  isInstalled,
  KEY,
  NAME_SERVERS,
  type NameServer,
  startNameServer,
} from './name-servers/name-server.ts';

for (const { name, debianPackage } of NAME_SERVERS.filter((kind) => !isInstalled(kind))) {
  console.warn(`SKIPPED: DNS updates with ${name}: missing package ${debianPackage}.`);
}

const change = (name: string, text: string | undefined, ttlSeconds = 300) => ({
  name,
  text,
  ttlSeconds,
  startsWith: 'v=STSv1',
});

function updaterOf(
  { port }: NameServer,
  algorithm: TsigAlgorithm = 'hmac-sha256',
  more: Partial<Rfc2136UpdaterOptions> = {},
) {
  const secret = Buffer.from(KEY.secret, 'base64');
  const key = { name: KEY.name, algorithm, secret };
  const server = { host: '127.0.0.1', port };
  return createRfc2136Updater({ clock: systemClock, server, key, ...more });
}

for (const kind of NAME_SERVERS) {
  describe.skipIf(!isInstalled(kind))(`dynamic updates (RFC 2136) with ${kind.name}`, () => {
    let server: NameServer;

    beforeAll(async () => {
      server = await startNameServer(kind);
    });
    afterAll(() => server?.close());

    /** What the server itself says, through the part that asks authorities. */
    const read = async (name: string) => {
      const resolver = createFakeResolver({
        'ns example.test': fakeAnswer(['ns.example.test']),
        'a ns.example.test': fakeAnswer(['127.0.0.1']),
      });
      const authorities = createAuthorities({ clock: systemClock, resolver, port: server.port });
      const found = await authorities.lookupTxt(name);
      authorities.close();
      const result = found.kind === 'asked' ? found.answers[0]?.result : undefined;
      if (result?.kind !== 'answer') throw new Error(JSON.stringify(found));
      return { texts: result.records.toSorted(), ttlSeconds: result.ttlSeconds };
    };

    it('adds, replaces, does it again without a change, and removes', async () => {
      const name = '_mta-sts.example.test';
      const updater = updaterOf(server);
      for (const [text, ttlSeconds] of [
        ['v=STSv1; id=1;', 300],
        ['v=STSv1; id=2;', 60],
        ['v=STSv1; id=2;', 60],
      ] as const) {
        expect(await updater.replaceTxt(change(name, text, ttlSeconds))).toEqual({ kind: 'done' });
        expect(await read(name)).toEqual({ texts: [text], ttlSeconds });
      }
      expect(await updater.replaceTxt(change(name, undefined))).toEqual({ kind: 'done' });
      expect((await read(name)).texts).toEqual([]);
    });

    it('leaves other records of the name, and takes several of ours away', async () => {
      const name = 'several.example.test';
      const updater = updaterOf(server);
      expect((await read(name)).texts).toHaveLength(3);
      expect(await updater.replaceTxt(change(name, 'v=STSv1; id=3;'))).toEqual({ kind: 'done' });
      expect((await read(name)).texts).toEqual(['something else', 'v=STSv1; id=3;']);
    });

    it('an answer and an update that are too long for UDP', async () => {
      const name = 'long.example.test';
      expect(await updaterOf(server).replaceTxt(change(name, 'v=STSv1; id=3;'))).toEqual({
        kind: 'done',
      });
      expect((await read(name)).texts).toHaveLength(3);
    });

    it('of twenty writers at once, one record is left', async () => {
      const name = 'race.example.test';
      const texts = Array.from({ length: 20 }, (_, i) => `v=STSv1; id=${i};`);
      const outcomes = await Promise.all(
        texts.map((text) => updaterOf(server).replaceTxt(change(name, text))),
      );
      for (const outcome of outcomes) {
        if (outcome.kind !== 'done') expect(outcome).toMatchObject({ code: 'changed-meanwhile' });
      }
      expect(outcomes.filter((outcome) => outcome.kind === 'done').length).toBeGreaterThan(0);
      expect((await read(name)).texts).toHaveLength(1);
    });

    it('a CNAME is not written beside', async () => {
      const outcome = await updaterOf(server).replaceTxt(
        change('alias.example.test', 'v=STSv1; id=1;'),
      );
      expect(outcome).toMatchObject({ kind: 'refused', code: 'name-is-cname' });
    });

    it.each<[string, Partial<Rfc2136UpdaterOptions>, string, string]>([
      ['a key of another name', { key: keyLike({ name: 'other' }) }, 'refused', 'tsig-bad-key'],
      [
        'another algorithm',
        { key: keyLike({ algorithm: 'hmac-sha512' }) },
        'refused',
        'tsig-bad-key',
      ],
      [
        'another secret',
        { key: keyLike({ secret: Buffer.alloc(32) }) },
        'refused',
        'tsig-bad-signature',
      ],
      ['a clock an hour ahead', { clock: clockAway(3_600_000) }, 'failed', 'tsig-bad-time'],
      ['a clock an hour behind', { clock: clockAway(-3_600_000) }, 'failed', 'tsig-bad-time'],
      ['a zone that it does not have', { zone: 'nowhere.test' }, 'refused', 'notauth'],
    ])('%s is refused, and nothing changes', async (_case, more, outcomeKind, code) => {
      const name = `n${createHash('sha1').update(_case).digest('hex')}.example.test`;
      const updater = updaterOf(server, 'hmac-sha256', more);
      const outcome = await updater.replaceTxt(change(name, 'v=STSv1; id=1;'));
      expect(outcome).toMatchObject({ kind: outcomeKind, code });
      expect((await read(name)).texts).toEqual([]);
    });

    it('a clock four minutes ahead is not too far', async () => {
      const updater = updaterOf(server, 'hmac-sha256', { clock: clockAway(240_000) });
      expect(await updater.replaceTxt(change('clock.example.test', 'v=STSv1; id=1;'))).toEqual({
        kind: 'done',
      });
    });

    it('a zone that the key may not change is refused', async () => {
      const outcome = await updaterOf(server).replaceTxt(change('x.other.test', 'v=STSv1; id=1;'));
      expect(outcome).toMatchObject({ kind: 'refused' });
    });

    it.each(TSIG_ALGORITHMS.filter((algorithm) => algorithm !== 'hmac-sha256'))(
      'signs by %s',
      async (algorithm) => {
        const other = await startNameServer(kind, algorithm);
        try {
          const outcome = await updaterOf(other, algorithm).replaceTxt(
            change('_mta-sts.example.test', 'v=STSv1; id=1;'),
          );
          expect(outcome).toEqual({ kind: 'done' });
        } finally {
          await other.close();
        }
      },
    );

    it('answers with authority, to queries without recursion', async () => {
      const client = createDirectClient({ clock: systemClock });
      const asked = await client.ask(
        { host: '127.0.0.1', port: server.port },
        { name: 'example.test', type: 'NS' },
      );
      client.close();
      expect(asked).toMatchObject({ kind: 'asked', response: { authoritative: true } });
    });
  });
}

function keyLike(more: Partial<Rfc2136UpdaterOptions['key']>): Rfc2136UpdaterOptions['key'] {
  const secret = Buffer.from(KEY.secret, 'base64');
  return { name: KEY.name, algorithm: 'hmac-sha256', secret, ...more };
}

function clockAway(ms: number): Rfc2136UpdaterOptions['clock'] {
  return { ...systemClock, now: () => systemClock.now() + ms };
}
