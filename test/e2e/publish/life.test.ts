/**
 * The whole life of a policy, step by step, between real programs. Mail goes out at every step; where it is,
 * mailboxes and queue tell, and what senders see, the DNS and the policy host tell; never our own log.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mxHost } from '../world/addresses.ts';
import { waitFor } from '../world/wait-for.ts';
import { reasonsAgainstPublishing } from './available.ts';
import { tick } from './world/control.ts';
import type { Fate, Mail } from './world/mail.ts';
import { type PublishWorld, startPublishWorld } from './world/publish-world.ts';
import { visit } from './world/visitor.ts';

/** The resolver remembers for a second. */
const DNS_MEMORY_MS = 1200;
/** A lookup that was under way while a name server was deaf has failed by then. */
const LOOKUP_MS = 4000;

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const GATE_DAYS = 14;
const CERTIFICATE_DAYS = 90;
const DOMAIN = 'life.test';
const HASTY = 'hasty.test';

const [GOOD, SECOND] = [mxHost('good'), mxHost('second')];

/** What `publish status DOMAIN --json` must tell; the rest is for people. */
interface Status {
  readonly gates: readonly { readonly code: string; readonly state: string }[];
  /** What senders may still hold; what is served now has no end. */
  readonly held: readonly { readonly until?: string }[];
  readonly mayGoAt?: string;
}

const reasons = reasonsAgainstPublishing();
if (reasons.length > 0) {
  console.warn(`SKIPPED: the life of a policy cannot be played here: ${reasons.join('; ')}.`);
}

describe.skipIf(reasons.length > 0)('the life of a policy, in the closed world', () => {
  let world: PublishWorld;
  let isBroken = false;
  /** Messages for which an enforced policy was in force when they were sent. */
  const guarded: { readonly mail: Mail; readonly token: string }[] = [];
  const ids = new Set<string>();
  let firstSerial = '';

  beforeAll(async () => {
    world = await startPublishWorld({ certificateDays: CERTIFICATE_DAYS, gateDays: GATE_DAYS });
    if (process.env['SEKISHO_E2E_KEEP'] !== '1') return () => world.tearDown();
    console.warn(`The world is kept: ${world.folder}`);
    return undefined;
  }, 180_000);

  // After a step that failed the others would tell nothing.
  beforeEach(({ skip, onTestFailed }) => {
    if (isBroken) skip('an earlier step failed');
    onTestFailed(() => {
      isBroken = true;
    });
  });

  const publish = (...args: string[]) => {
    const done = world.publisher.command('publish', ...args);
    return { isDone: done.status === 0, said: done.stdout + done.stderr };
  };
  const order = (...args: string[]): void => {
    const { isDone, said } = publish(...args);
    if (!isDone) throw new Error(`publish ${args.join(' ')}: ${said}`);
  };
  /** The objections. */
  const orderInVain = (...args: string[]): string => {
    const { isDone, said } = publish(...args);
    if (isDone) throw new Error(`publish ${args.join(' ')} was not refused: ${said}`);
    return said;
  };
  const status = (): Status => {
    const done = world.publisher.command('publish', 'status', DOMAIN, '--json');
    return JSON.parse(done.stdout) as Status;
  };
  const txt = (domain = DOMAIN) => world.nameServers.readTxt(`_mta-sts.${domain}`);
  const policy = () => visit(world.network.sender, DOMAIN, `${world.folder}/trusted.pem`);
  const advance = async (ms: number): Promise<void> => {
    world.clock.advance(ms);
    await tick(world.publisher.stateDirectory);
  };
  const send = (mail: Mail, domain = DOMAIN): Promise<Fate> => mail.send(`to@${domain}`);
  const sendGuarded = async (mail: Mail): Promise<Fate> => {
    const fate = await send(mail);
    guarded.push({ mail, token: mail.sent.at(-1) ?? '' });
    return fate;
  };
  const throughTls = (to: 'good' | 'second', verified: boolean): Fate => ({
    kind: 'delivered',
    to,
    by: 'tls',
    verified,
  });
  /** What everybody sees of a change: the texts of both servers, and mode and patterns of what the host gives out. */
  const seen = () => {
    const answer = policy();
    const lines = answer.kind === 'answer' ? answer.body.split('\r\n') : [];
    const valuesOf = (key: string) =>
      lines.filter((line) => line.startsWith(`${key}: `)).map((line) => line.slice(key.length + 2));
    return { servers: txt(), mode: valuesOf('mode'), mx: valuesOf('mx') };
  };
  /** Both servers show one id, never seen before, and the host gives out its text. */
  const published = (mode: string, mx: readonly string[]) => {
    const record = txt()[0]?.[0] ?? '';
    const id = /^"v=STSv1; id=([0-9A-Za-z]{1,32});?"$/.exec(record)?.[1];
    if (id === undefined || ids.has(id)) throw new Error(`No new id: ${record}`);
    ids.add(id);
    return { servers: [[record], [record]], mode: [mode], mx };
  };
  /** Senders ask in the background, so the message after a change may still follow the policy before it. */
  const letSenderSee = (mail: Mail, verified: boolean) =>
    waitFor(
      'a sender to follow the new policy',
      async () => (await send(mail)).verified === verified,
    );

  it('1. a new domain has no policy: its mail flows (RFC 8461 §3.3)', async () => {
    for (const domain of [DOMAIN, HASTY]) {
      await world.nameServers.replace(domain, domain, 'MX', [`10 ${GOOD}.`]);
    }
    expect(await send(world.eager.mail)).toEqual(throughTls('good', false));
    expect(await send(world.holding.mail)).toEqual(throughTls('good', false));
    const needed = world.publisher.command('dns', DOMAIN);
    expect(needed.stdout).toContain(`mta-sts.${DOMAIN}`);
    expect(needed.stdout).toContain('198.51.100.80');
    await world.nameServers.replace(DOMAIN, `mta-sts.${DOMAIN}`, 'A', ['198.51.100.80']);
    await delay(DNS_MEMORY_MS);
  });

  it('2. testing: certificate by http-01, body, TXT by TSIG, in this order (STS-8.1-3)', async () => {
    order('set', DOMAIN, '--mode', 'testing', '--max-age', '7d');
    expect(world.certificateAuthority.issued()).toBe(1);
    expect(seen()).toEqual(published('testing', [GOOD]));
    const answer = policy();
    firstSerial = answer.kind === 'answer' ? answer.serial : '';
    expect(await send(world.eager.mail)).toEqual(throughTls('good', false));
    expect(await send(world.holding.mail)).toEqual(throughTls('good', false));
  });

  it('3. testing does not hold back mail under attack, and the probe shows the attack (STS-5-2)', async () => {
    world.manInTheMiddle.divert('good', 'stripped');
    const attacked = await send(world.eager.mail);
    expect(attacked).toEqual({ kind: 'delivered', to: 'stripped', by: 'plain', verified: false });
    const probe = publish('probe', DOMAIN);
    expect(probe.said).toContain('starttls-not-offered');
    const gate = status().gates.find(({ code }) => code === 'probes-clean');
    expect(gate?.state).toBe('shut');
    world.manInTheMiddle.goAway();
    order('probe', DOMAIN);
    expect(await send(world.eager.mail)).toEqual(throughTls('good', false));
  });

  it('4. enforce is refused until every probe of 14 days was clean', async () => {
    const before = txt();
    for (let day = 0; day < GATE_DAYS; day += 1) {
      if (day % 6 === 0) {
        expect(orderInVain('set', DOMAIN, '--mode', 'enforce')).toContain('gate-probes-clean');
        expect(txt()).toEqual(before);
        expect(await send(world.eager.mail)).toEqual(throughTls('good', false));
      }
      await advance(DAY_MS);
    }
    await advance(HOUR_MS);
    expect(status().gates.filter(({ state }) => state === 'shut')).toEqual([]);
  });

  it('5. enforce: senders verify the MX host from now on (STS-5-1)', async () => {
    order('set', DOMAIN, '--mode', 'enforce', '--max-age', '7d');
    expect(seen()).toEqual(published('enforce', [GOOD]));
    await letSenderSee(world.eager.mail, true);
    await letSenderSee(world.holding.mail, true);
    expect(await sendGuarded(world.eager.mail)).toEqual(throughTls('good', true));
  });

  it('6. the attacker gets nothing: mail waits, and arrives when he is gone (STS-5-5)', async () => {
    for (const attacker of ['stripped', 'attacker'] as const) {
      world.manInTheMiddle.divert('good', attacker);
      expect(await sendGuarded(world.eager.mail)).toMatchObject({ kind: 'deferred' });
      expect(await sendGuarded(world.holding.mail)).toMatchObject({ kind: 'deferred' });
    }
    world.manInTheMiddle.goAway();
    await world.eager.mail.deliverQueue();
    await world.holding.mail.deliverQueue();
  });

  it('7. what is foolish or forbidden is refused, and changes nothing', async () => {
    const testing = ['set', HASTY, '--mode', 'testing'];
    expect(orderInVain('set', HASTY, '--mode', 'enforce')).toContain('never-tested');
    expect(orderInVain(...testing, '--mx', '192.0.2.100')).toContain('mx-address');
    expect(orderInVain(...testing, '--mx', 'mx.elsewhere.test')).toContain('mx-matches-none');
    expect(txt(HASTY)).toEqual([[], []]);
    expect(await send(world.eager.mail, HASTY)).toEqual(throughTls('good', false));
  });

  it('8. the publisher is killed and comes back with everything', async () => {
    await world.publisher.killAndStart();
    expect(policy()).toMatchObject({ kind: 'answer', status: 200 });
    expect(await sendGuarded(world.eager.mail)).toEqual(throughTls('good', true));
  });

  it('9. sixty days after its issue the certificate is renewed, once', async () => {
    for (let day = GATE_DAYS; day < 62; day += 4) await advance(4 * DAY_MS);
    await waitFor('a new certificate', () => {
      const answer = policy();
      return answer.kind === 'answer' && answer.serial !== firstSerial;
    });
    // What pebble issues is valid from the true day on, so the new one is old at once: still no storm of orders.
    for (let again = 0; again < 5; again += 1) await advance(HOUR_MS);
    expect(world.certificateAuthority.issued()).toBeLessThanOrEqual(3);
    await letSenderSee(world.holding.mail, true);
    expect(await sendGuarded(world.eager.mail)).toEqual(throughTls('good', true));
    expect(await sendGuarded(world.holding.mail)).toEqual(throughTls('good', true));
  });

  it('10. MX migration: the pattern is added while a sender holds the old policy (STS-8.1-2)', async () => {
    const { said } = publish('plan', DOMAIN, '--mx', SECOND);
    expect(said).toContain(SECOND);
    // Holds the old policy from here on, until it expires.
    world.holding.resolver.pause();
    order('set', DOMAIN, '--mode', 'enforce', '--mx', GOOD, '--mx', SECOND);
    expect(seen()).toEqual(published('enforce', [GOOD, SECOND]));
    expect(await sendGuarded(world.holding.mail)).toEqual(throughTls('good', true));
    expect(await sendGuarded(world.eager.mail)).toEqual(throughTls('good', true));
  });

  it('11. the MX moves when nobody can hold the old policy any more (STS-8.1-1)', async () => {
    const ends = status().held.flatMap(({ until }) =>
      until === undefined ? [] : Date.parse(until),
    );
    const waitMs = Math.max(...ends) - world.clock.nowMs();
    expect(waitMs).toBeGreaterThan(7 * DAY_MS - HOUR_MS);
    await advance(waitMs - HOUR_MS);
    expect(await sendGuarded(world.holding.mail)).toEqual(throughTls('good', true));
    expect(publish('plan', DOMAIN, '--mx', SECOND).said).toMatch(/wait/i);
    world.holding.resolver.resume();
    await delay(LOOKUP_MS);
    await advance(HOUR_MS + 300_000);
    await world.nameServers.replace(DOMAIN, DOMAIN, 'MX', [`10 ${SECOND}.`]);
    await delay(DNS_MEMORY_MS);
    expect(await sendGuarded(world.eager.mail)).toEqual(throughTls('second', true));
    // It holds nothing any more, and finds the new policy once it has noticed that its name server is back.
    await letSenderSee(world.holding.mail, true);
    expect(await sendGuarded(world.holding.mail)).toEqual(throughTls('second', true));
  });

  it('12. the old pattern goes; whoever still holds it delivers all the same', async () => {
    world.holding.resolver.pause();
    order('set', DOMAIN, '--mode', 'enforce', '--mx', SECOND);
    expect(seen()).toEqual(published('enforce', [SECOND]));
    expect(await sendGuarded(world.eager.mail)).toEqual(throughTls('second', true));
    expect(await sendGuarded(world.holding.mail)).toEqual(throughTls('second', true));
    world.holding.resolver.resume();
  });

  it('13. rollback: the text of an earlier version under a new id (STS-3.1-6)', async () => {
    order('rollback', DOMAIN);
    expect(seen()).toEqual(published('enforce', [GOOD, SECOND]));
    expect(await sendGuarded(world.eager.mail)).toEqual(throughTls('second', true));
  });

  it('14. leaving: mode none first, and a date before which nothing may go (STS-8.3-1)', async () => {
    await letSenderSee(world.holding.mail, true);
    world.holding.resolver.pause();
    order('leave', DOMAIN);
    expect(seen()).toEqual(published('none', []));
    const mayGoInMs = Date.parse(status().mayGoAt ?? '') - world.clock.nowMs();
    expect(mayGoInMs).toBeGreaterThan(7 * DAY_MS - HOUR_MS);
    expect(mayGoInMs).toBeLessThan(8 * DAY_MS);
    expect(orderInVain('remove', DOMAIN)).toContain('too-early');
    expect(await send(world.eager.mail)).toMatchObject({
      kind: 'delivered',
      to: 'second',
      by: 'tls',
    });
    expect(await sendGuarded(world.holding.mail)).toEqual(throughTls('second', true));
    await advance(mayGoInMs - HOUR_MS);
    expect(orderInVain('remove', DOMAIN)).toContain('too-early');
    expect(policy()).toMatchObject({ kind: 'answer', status: 200 });
  });

  it('15. after that date it goes, and mail flows as on the first day', async () => {
    await advance(HOUR_MS + 60_000);
    // The record goes first; the second name server shows it a moment longer.
    await waitFor('the domain to go', () => publish('remove', DOMAIN).isDone);
    expect(txt()).toEqual([[], []]);
    await waitFor('the certificate to go', () => policy().kind === 'failure');
    await world.nameServers.replace(DOMAIN, `mta-sts.${DOMAIN}`, 'A', []);
    world.holding.resolver.resume();
    expect(await send(world.eager.mail)).toMatchObject(throughTls('second', false));
    await letSenderSee(world.holding.mail, false);
  });

  it('not one message was lost, and none sent unprotected under enforce', async () => {
    for (const { mail } of [world.eager, world.holding]) {
      const lost = mail.sent.filter((token) => mail.fateOf(token).kind !== 'delivered');
      expect(lost).toEqual([]);
    }
    expect(guarded.length).toBeGreaterThan(15);
    for (const { mail, token } of guarded) {
      const fate = mail.fateOf(token);
      expect({ token, fate }).toMatchObject({ fate: { kind: 'delivered', by: 'tls' } });
      expect(fate).not.toMatchObject({ to: 'stripped' });
      expect(fate).not.toMatchObject({ to: 'attacker' });
    }
  });
});
