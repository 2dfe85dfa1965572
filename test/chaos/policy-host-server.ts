/** A policy host over TLS, in clear and for challenges, alone in its process; says on one line where it listens. */
import { readFileSync } from 'node:fs';
import { parseDomain } from '@sekisho/spec';
import { systemClock } from '../../packages/sekisho/src/io/clock/index.ts';
import { createLog } from '../../packages/sekisho/src/io/log/index.ts';
import {
  createCertificateBook,
  createChallengeBook,
  createPolicyHost,
} from '../../packages/sekisho/src/publish/host/index.ts';

const [domainName = '', keyFile = '', chainFile = '', body = ''] = process.argv.slice(2);
const parsed = parseDomain(domainName);
if (!parsed.ok) throw new Error(`${domainName} is no domain`);
const ours = parsed.value;
const pair = { keyPem: readFileSync(keyFile, 'utf8'), chainPem: readFileSync(chainFile, 'utf8') };
const clock = systemClock;
const log = createLog({ level: 'warn', stream: process.stderr });
const WAIT_MS = 5000;

const host = createPolicyHost({
  policies: {
    find: async (domain) =>
      domain === ours ? { domain, id: '1', body: Buffer.from(body) } : undefined,
    forget: () => undefined,
  },
  certificates: createCertificateBook({
    load: async (domain) => (domain === ours ? pair : undefined),
    clock,
    log,
  }),
  challenges: createChallengeBook(),
  observeFetch: () => undefined,
  clock,
  log,
  limits: { handshakeMs: WAIT_MS, requestMs: WAIT_MS, idleMs: WAIT_MS, answerMs: WAIT_MS },
});
const portOf = async (kind: 'https' | 'plain' | 'http'): Promise<number> => {
  const address = await host.listen(kind, { host: '0.0.0.0', port: 0 });
  return Number(address.split(':').at(-1));
};
const ports = {
  https: await portOf('https'),
  plain: await portOf('plain'),
  http: await portOf('http'),
};
process.stdout.write(`${JSON.stringify(ports)}\n`);
