import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFailedHandshakes } from '../../../../../test/fixtures/failed-handshakes.ts';
import {
  ask,
  authority,
  createTestHost,
  openTcp,
  recordClientHello,
  statusOf,
  until,
} from '../../../../../test/peers/served-policy-host.ts';
import { createAcmeClient } from '../../io/acme/index.ts';
import { systemClock } from '../../io/clock/index.ts';

const REQUESTS = 60;
const ATTACKERS = 2;
const PAUSE_MS = 10;

/**
 * An authority that gives everybody an account, and takes its time: OpenSSL takes what is left in its queue of errors
 * for the reason why there is nothing more to read yet.
 */
async function startAuthority(): Promise<string> {
  const { keyPem, chainPem } = authority.issue({ dnsNames: ['localhost'] });
  let base = '';
  const answer = ({ url }: IncomingMessage, response: ServerResponse): void => {
    const urls = { newNonce: '/nonce', newAccount: '/account', newOrder: '/order' };
    const directory = Object.entries(urls).map(([name, path]) => [name, `${base}${path}`]);
    response.writeHead(url === '/account' ? 201 : 200, {
      'Replay-Nonce': Math.random().toString(36).slice(2),
      Location: `${base}/account/1`,
    });
    const body = JSON.stringify(url === '/dir' ? Object.fromEntries(directory) : {});
    response.write(body.slice(0, 1));
    setTimeout(() => response.end(body.slice(1)), PAUSE_MS);
  };
  const server = createServer({ key: keyPem, cert: chainPem }, answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  base = `https://localhost:${String((server.address() as AddressInfo).port)}`;
  return base;
}

describe('failed handshakes at the policy host', { timeout: 120_000 }, () => {
  it('disturb no request to a certificate authority from the same process', async () => {
    const base = await startAuthority();
    const { host, listen } = createTestHost();
    const port = await listen('https');
    const make = createFailedHandshakes(await recordClientHello('mta-sts.a.test'));
    let isOver = false;
    let failed = 0;
    const attack = async (first: number): Promise<void> => {
      for (let index = first; !isOver; index += 1) {
        const socket = openTcp(port);
        socket.write(make(index));
        if (index % 5 === 0) socket.destroy();
        else socket.end();
        await new Promise((resolve) => socket.once('close', resolve).resume());
        failed += 1;
      }
    };
    const attacks = Array.from({ length: ATTACKERS }, (_, index) => attack(index));
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const outcomes: unknown[] = [];
    for (let count = 0; count < REQUESTS; count += 1) {
      // A client of its own each time, so that each makes a handshake.
      const client = createAcmeClient({
        directoryUrl: `${base}/dir`,
        ca: [authority.rootPem],
        clock: systemClock,
      });
      outcomes.push(await client.openAccount(privateKey));
      client.close();
    }
    isOver = true;
    await Promise.all(attacks);
    expect(outcomes.filter((outcome) => JSON.stringify(outcome).includes('failure'))).toEqual([]);
    expect(failed).toBeGreaterThan(REQUESTS);
    expect(statusOf(await ask(port, 'mta-sts.a.test'))).toBe('200');
    await until(() => host.connections === 0);
  });
});
