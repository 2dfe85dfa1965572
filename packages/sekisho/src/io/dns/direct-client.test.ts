import { describe, expect, it, onTestFinished } from 'vitest';
import { startDnsServer } from '../../../../../test/peers/dns-server.ts';
import { systemClock } from '../clock/index.ts';
import { createDirectClient, type DirectClientOptions } from './direct-client.ts';
import type { Reading } from './exchange.ts';

const QUESTION = { name: 'a.example.test', type: 'TXT' } as const;

async function start(options: Partial<DirectClientOptions> = {}) {
  const peer = await startDnsServer({ zones: ['example.test'] });
  onTestFinished(() => peer.close());
  peer.set('a.example.test', 'TXT', ['text']);
  const client = createDirectClient({ clock: systemClock, ...options });
  onTestFinished(() => client.close());
  return { peer, client, server: { host: '127.0.0.1', port: peer.port } };
}

const request = (length: number) => () => ({
  bytes: Buffer.alloc(length, 1),
  read: (): Reading<string> => ({ kind: 'response', response: 'read' }),
});

describe('createDirectClient', () => {
  it('asks the server named, without RD and DO, and shows AA', async () => {
    const { peer, client, server } = await start();
    expect(await client.ask(server, QUESTION)).toMatchObject({
      kind: 'asked',
      response: { authoritative: true, answers: [{ type: 'TXT' }] },
    });
    const { packet } = peer.queries[0] ?? {};
    expect(packet).toMatchObject({ flag_rd: false });
    expect(packet?.additionals?.[0]).toMatchObject({ type: 'OPT', flag_do: false });
  });

  it('takes what is cut over TCP, and tries again what is lost', async () => {
    const { peer, client, server } = await start({ timeoutMs: 100 });
    peer.setFault('a.example.test', 'truncated');
    expect(await client.ask(server, QUESTION)).toMatchObject({ kind: 'asked' });
    peer.setFault('a.example.test', 'timeout', 1);
    expect(await client.ask(server, QUESTION)).toMatchObject({ kind: 'asked' });
    expect(peer.queries.map(({ transport }) => transport)).toEqual(['udp', 'tcp', 'udp', 'udp']);
  });

  it.each([
    ['servfail', 'servfail'],
    ['refused', 'refused'],
    ['garbage', 'malformed'],
    ['timeout', 'timeout'],
  ] as const)('%s is a failure, %s', async (fault, code) => {
    const { peer, client, server } = await start({ timeoutMs: 40, tries: 2 });
    peer.setFault('a.example.test', fault);
    expect(await client.ask(server, QUESTION)).toMatchObject({ kind: 'failure', code });
  });

  it('a message of more than 512 octets goes over TCP, as does one that is told to', async () => {
    const { client } = await start();
    const dead = { host: '127.0.0.1', port: 1 };
    const long = await client.exchange(dead, request(513));
    const told = await client.exchange(dead, request(20), { overTcp: true });
    for (const result of [long, told]) expect(result).toMatchObject({ code: 'network' });
  });

  it('reads what the caller says is the answer', async () => {
    const { client, server } = await start();
    const asked = await client.exchange(server, () => ({
      // A query for the root: whatever the peer answers.
      bytes: Buffer.from('0001000000010000000000000000010001', 'hex'),
      read: (message): Reading<number> => ({ kind: 'response', response: message.readUInt16BE(0) }),
    }));
    expect(asked).toEqual({ kind: 'response', response: 1 });
  });

  it('close ends what is under way, and what comes later', async () => {
    const { peer, client, server } = await start({ timeoutMs: 60_000, deadlineMs: 60_000 });
    peer.setFault('a.example.test', 'timeout');
    const asked = client.ask(server, QUESTION);
    setImmediate(() => client.close());
    expect(await asked).toMatchObject({ kind: 'failure', code: 'network' });
    expect(await client.ask(server, QUESTION)).toMatchObject({ kind: 'failure', code: 'network' });
    expect(await client.exchange(server, request(20))).toMatchObject({ kind: 'failed' });
  });
});
