import { describe, expect, it, onTestFinished } from 'vitest';
import { AlertBook, createMemoryAlertStore } from '../../alert/index.ts';
import { createFakeClock } from '../../io/clock/index.ts';
import { createMemoryLog } from '../../io/log/index.ts';
import { PUBLISH_ALERTS } from '../../publish/index.ts';
import type { AlertChannel } from './alert-channels.ts';
import { AlertTeller } from './alert-teller.ts';

const alert = (domain: string) =>
  ({
    code: 'probe-failed',
    subject: { domain },
    severity: 'error',
    message: 'm',
    remedy: 'r',
  }) as const;

/** A channel that can be broken, for all alerts or for some. */
function createChannel(name: AlertChannel['name']) {
  const told: string[] = [];
  const channel = {
    name,
    told,
    tried: 0,
    isBroken: (_key: string): boolean => false,
    async send({ key, kind }) {
      channel.tried += 1;
      if (channel.isBroken(key)) return 'it is down';
      told.push(`${key.split(' ')[1] ?? ''} ${kind}`);
      return undefined;
    },
  } satisfies AlertChannel & Record<string, unknown>;
  return channel;
}

async function start() {
  const clock = createFakeClock();
  const log = createMemoryLog();
  const store = createMemoryAlertStore();
  const openBook = () => AlertBook.open({ store, clock, log, rules: PUBLISH_ALERTS });
  const book = await openBook();
  const [mail, webhook] = [createChannel('mail'), createChannel('webhook')];
  const build = (channels: readonly AlertChannel[] = [mail, webhook], from = book) => {
    const teller = new AlertTeller({ book: from, channels, clock, log });
    onTestFinished(() => teller.close());
    teller.start();
    return teller;
  };
  return { clock, log, book, openBook, mail, webhook, build };
}

describe('AlertTeller', () => {
  it('tells each channel what comes and what was there before, once', async () => {
    const { clock, book, mail, webhook, build } = await start();
    book.raise(alert('a'));
    build();
    book.raise(alert('b'));
    await clock.advance(1);
    book.end({ ...alert('a'), message: 'well' });
    await clock.advance(1);
    expect(mail.told).toEqual(['a raised', 'b raised', 'a over']);
    expect(webhook.told).toEqual(mail.told);
    expect(book.undelivered()).toEqual([]);
    expect(book.toldTo('probe-failed b')).toEqual(['mail', 'webhook']);
  });

  it('tries a channel that fails again, later and later, and holds up no other', async () => {
    const { clock, log, book, mail, webhook, build } = await start();
    build();
    webhook.isBroken = () => true;
    book.raise(alert('a'));
    await clock.advance(1);
    expect(mail.told).toEqual(['a raised']);
    expect(log.entries).toMatchObject([
      {
        level: 'error',
        event: 'an alert cannot be told',
        fields: { key: 'probe-failed a', channel: 'webhook', problem: 'it is down' },
      },
    ]);
    await clock.advance(3_600_000);
    // After 1, 2, 4 and 8 minutes, then every 10.
    expect(webhook.tried).toBe(9);
    webhook.isBroken = () => false;
    await clock.advance(600_000);
    expect(webhook.told).toEqual(['a raised']);
    expect(mail.told).toHaveLength(1);
    expect(book.undelivered()).toEqual([]);
  });

  it('passes over an alert that is never taken', async () => {
    const { clock, book, mail, build } = await start();
    mail.isBroken = (key) => key.endsWith(' a');
    for (const name of ['a', 'b', 'c']) book.raise(alert(name));
    build([mail]);
    await clock.advance(60_001);
    expect(mail.told).toEqual(['b raised', 'c raised']);
  });

  it('tells the latest of what waits', async () => {
    const { clock, book, mail, build } = await start();
    mail.isBroken = () => true;
    build([mail]);
    book.raise(alert('a'));
    await clock.advance(1);
    book.end({ ...alert('a'), message: 'well' });
    mail.isBroken = () => false;
    await clock.advance(60_000);
    expect(mail.told).toEqual(['a over']);
  });

  it('tells also what comes of an alert while it is being told', async () => {
    const { clock, book, build } = await start();
    const told: string[] = [];
    const first = Promise.withResolvers<undefined>();
    const send = async ({ kind }: { readonly kind: string }) => {
      told.push(kind);
      return told.length === 1 ? first.promise : undefined;
    };
    build([{ name: 'command', send }]);
    book.raise(alert('a'));
    book.raise(alert('b'));
    await clock.advance(1);
    book.end({ ...alert('a'), message: 'well' });
    first.resolve(undefined);
    await clock.advance(1);
    expect(told).toEqual(['raised', 'raised', 'over']);
    expect(book.undelivered()).toEqual([]);
  });

  it('goes on after a restart with whom was not told', async () => {
    const { clock, book, openBook, mail, webhook, build } = await start();
    webhook.isBroken = () => true;
    const former = build();
    book.raise(alert('a'));
    await clock.advance(1);
    await former.close();
    await book.close();
    webhook.isBroken = () => false;
    build([mail, webhook], await openBook());
    await clock.advance(1);
    expect([mail.told, webhook.told]).toEqual([['a raised'], ['a raised']]);
  });

  it('takes for told what no channel is there for', async () => {
    const { clock, book, webhook, build } = await start();
    webhook.isBroken = () => true;
    const former = build();
    book.raise(alert('a'));
    await clock.advance(1);
    await former.close();
    build([]);
    expect(book.undelivered()).toEqual([]);
  });

  it('breaks off at its close what is being told, and tells it after the next start', async () => {
    const { clock, log, book, mail, build } = await start();
    const send: AlertChannel['send'] = (_alert, signal) =>
      new Promise((resolve) =>
        signal.addEventListener('abort', () => resolve('it was broken off')),
      );
    const teller = build([{ name: 'mail', send }]);
    book.raise(alert('a'));
    book.raise(alert('b'));
    await clock.advance(1);
    await teller.close();
    expect(log.entries).toEqual([]);
    expect(book.undelivered()).toHaveLength(2);
    build([mail]);
    await clock.advance(1);
    expect(mail.told).toEqual(['a raised', 'b raised']);
  });
});
