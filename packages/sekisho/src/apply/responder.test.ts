import { type Domain, parseDomain, parseStsPolicy } from '@sekisho/spec';
import { describe, expect, it } from 'vitest';
import type { CachedAnswer } from '../discover/index.ts';
import { createFakeClock } from '../io/clock/index.ts';
import { createResponder, DEFAULT_ANSWER_SETTINGS } from './index.ts';

const BODY = 'version: STSv1\nmode: enforce\nmx: mx.example.test\nmax_age: 86400\n';

function createWorld({ smartHosts = true, later = false, dane = false } = {}) {
  const clock = createFakeClock();
  const asked: string[] = [];
  const answer = (policyDomain: Domain): CachedAnswer => {
    asked.push(policyDomain);
    const parsed = parseStsPolicy(BODY);
    if (!parsed.ok) throw new TypeError('no policy');
    // A policy of `max_age` 0: held for the lookup that fetched it, gone at the next.
    const isOnce = policyDomain.startsWith('once');
    const validUntilMs = isOnce ? 0 : clock.now() + 60_000;
    const times = { fetchedAtMs: 0, expiresAtMs: 1 };
    const policy = { policy: parsed.value, id: '1', body: BODY, ...times };
    return policyDomain.startsWith('plain') || (isOnce && asked.length > 1)
      ? {
          answer: { kind: 'no-policy', policyDomain, because: 'no-record', untilMs: 0 },
          validUntilMs,
        }
      : { answer: { kind: 'policy', policyDomain, ...policy }, validUntilMs };
  };
  const responder = createResponder({
    clock,
    policies: {
      lookup: (domain) => (later ? Promise.resolve(answer(domain)) : answer(domain)),
    },
    toAscii: (name) => (name === 'bücher.test' ? 'xn--bcher-kva.test' : undefined),
    settings: { ...DEFAULT_ANSWER_SETTINGS, version: { major: 3, minor: 4 }, smartHosts },
    ...(dane ? { isDaneProtected: async (domain) => domain.startsWith('dane') } : {}),
  });
  const reply = (request: string) => {
    // Requests stand somewhere in what was read.
    const buffer = Buffer.from(`12:${request},`, 'latin1');
    return responder.reply(buffer, 3, buffer.length - 1);
  };
  const ask = async (request: string) => (await reply(request)).text;
  return { clock, asked, responder, reply, ask };
}

const domain = (text: string): Domain => {
  const parsed = parseDomain(text);
  if (!parsed.ok) throw new TypeError(`${text} is no domain`);
  return parsed.value;
};
const SECURE =
  '91:OK secure match=mx.example.test servername=hostname protocols=!SSLv2:!SSLv3:!TLSv1:!TLSv1.1,';
const NOT_FOUND = '9:NOTFOUND ,';
const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

describe('requests (RFC 8461 §3.4)', () => {
  it.each([
    ['sts example.test', 'example.test'],
    ['sts EXAMPLE.Test', 'example.test'],
    ['sts example.test.', 'example.test'],
    ['STS-3.4-1 [relay.test]', 'relay.test'],
    ['sts [relay.test]:587', 'relay.test'],
    ['sts relay.test:587', 'relay.test'],
    [latin1('sts bücher.test'), 'xn--bcher-kva.test'],
  ])('%j asks for %s', async (request, policyDomain) => {
    const { ask, asked } = createWorld();
    expect(await ask(request)).toBe(SECURE);
    expect(asked).toEqual([policyDomain]);
  });

  it.each([
    'sts .example.test', // STS-3.4-3: a parent's policy is never asked for
    'sts .test',
    'sts [192.0.2.1]', // STS-3.4-2: address literals have no policy
    'sts [192.0.2.1]:25',
    'sts [IPv6:2001:db8::1]',
    'sts [2001:db8::1]:25',
    'sts 192.0.2.1',
    'sts ',
    'sts a..b',
    'sts -a.test',
    'sts /var/run/lmtp',
    latin1('sts bücher.invalid'),
    'sts \xff\xfe',
  ])('STS-3.4-2, STS-3.4-3: %j has no policy, and nothing is looked up', async (request) => {
    const { ask, asked } = createWorld();
    expect(await ask(request)).toBe(NOT_FOUND);
    expect(asked).toEqual([]);
  });

  it.each(['', 'sts', ' example.test'])('%j is no request', async (request) => {
    expect(await createWorld().ask(request)).toMatch(/^\d+:PERM /);
  });

  it('smart hosts can be left out', async () => {
    expect(await createWorld({ smartHosts: false }).ask('sts [relay.test]')).toBe(NOT_FOUND);
  });

  it('the map name chooses the form', async () => {
    expect(await createWorld().ask('sts-tlsrpt example.test')).toContain('policy_type=sts');
  });
});

describe('remembering', () => {
  it('asks once while the answer is valid, then again', async () => {
    const { ask, asked, clock, responder } = createWorld();
    await ask('sts example.test');
    await ask('sts example.test');
    expect([asked.length, responder.repeated]).toEqual([1, 1]);
    await clock.advance(60_001);
    await ask('sts example.test');
    expect(asked.length).toBe(2);
  });

  it.each([
    'sts example.test',
    'sts-tlsrpt example.test',
    'sts [example.test]:25',
    'sts Example.test',
  ])('what is revoked is over at once: %s', async (request) => {
    const { ask, asked, responder } = createWorld();
    await ask(request);
    await ask(request);
    responder.forget(domain('other.test'));
    await ask(request);
    expect(asked.length).toBe(1);
    responder.forget(domain('example.test'));
    await ask(request);
    expect(asked.length).toBe(2);
    responder.forget(undefined);
    await ask(request);
    expect(asked.length).toBe(3);
  });

  it('answers later what is not known, and at once what is', async () => {
    const { reply } = createWorld({ later: true });
    const first = reply('sts example.test');
    expect(first).toBeInstanceOf(Promise);
    await first;
    expect(reply('sts example.test')).not.toBeInstanceOf(Promise);
  });

  it('only so many unusual requests and map names are remembered', async () => {
    const { ask, asked, responder } = createWorld();
    for (let index = 0; index < 5000; index += 1) await ask(`sts [relay.test]:${index + 1}`);
    for (let index = 0; index < 50; index += 1) await ask(`map${index} example.test`);
    const before = asked.length;
    await ask('sts [relay.test]:1');
    await ask('map0 example.test');
    expect(asked.length).toBe(before);
    await ask('sts [relay.test]:5000');
    await ask('map49 example.test');
    expect(asked.length).toBe(before + 2);
    expect(responder.repeated).toBe(2);
  });

  it('remembers that there is no policy', async () => {
    const { ask, asked } = createWorld();
    expect(await ask('sts plain.test')).toBe(NOT_FOUND);
    await ask('sts plain.test');
    expect(asked.length).toBe(1);
  });
});

describe('DANE beside MTA-STS (RFC 8461 §2)', () => {
  it('AMB-20: a policy that is there only once is applied after the DANE lookup', async () => {
    const { ask, asked } = createWorld({ dane: true });
    expect(await ask('sts once.test')).toBe(SECURE);
    expect(asked).toEqual(['once.test']);
  });

  it('STS-2-1: an enforced domain that DANE protects is left to DANE, and remembered so', async () => {
    const { ask, asked } = createWorld({ dane: true });
    expect(await ask('sts dane.test')).toBe('12:OK dane-only,');
    expect(await ask('sts dane.test')).toBe('12:OK dane-only,');
    expect(await ask('sts other.test')).toBe(SECURE);
    expect(await ask('sts plain.test')).toBe(NOT_FOUND);
    expect(new Set(asked)).toEqual(new Set(['dane.test', 'other.test', 'plain.test']));
    const before = asked.length;
    await ask('sts dane.test');
    expect(asked.length).toBe(before);
  });
});

describe('parseDomain in front', () => {
  it('never lets a name through that could not stand in a Postfix line', () => {
    for (const text of ['a b', 'a:b', 'a{b', 'a\nb', 'a=b'])
      expect(parseDomain(text).ok).toBe(false);
  });
});
