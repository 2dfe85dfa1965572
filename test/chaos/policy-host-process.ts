import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { type CertificateAuthority, createCertificateAuthority } from '../peers/certificates.ts';

const SERVER = fileURLToPath(new URL('./policy-host-server.ts', import.meta.url));

export const HOST_NAME = 'mta-sts.good.test';
export const POLICY_BODY =
  'version: STSv1\r\nmode: enforce\r\nmx: mx.good.test\r\nmax_age: 604800\r\n';
export const GOOD_REQUEST = `GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: ${HOST_NAME}\r\n\r\n`;

export interface PolicyHostProcess {
  readonly ports: Readonly<Record<'https' | 'plain' | 'http', number>>;
  readonly isRunning: boolean;
  readonly residentKib: number;
  readonly openFiles: number;
  /** @param from a loopback address of one's own. */
  openTcp(listener: 'https' | 'plain' | 'http', from?: string): Socket;
  openTls(from?: string, options?: { readonly maxVersion?: 'TLSv1.2' }): TLSSocket;
  stop(): Promise<void>;
}

/** Starts `policy-host-server.ts`, which serves one policy with the default limits and waits of 5 seconds. */
export async function startPolicyHostProcess(): Promise<PolicyHostProcess> {
  const authority: CertificateAuthority = createCertificateAuthority();
  const { keyFile, chainFile } = authority.issue({ dnsNames: [HOST_NAME] });
  const child = spawn(
    process.execPath,
    ['--conditions=sekisho-source', SERVER, 'good.test', keyFile, chainFile, POLICY_BODY],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(child, 'close');
  const line = await Promise.race([once(child.stdout, 'data'), ended.then(() => [])]);
  if (line.length === 0) throw new Error('The policy host did not start: see its message above.');
  const ports = JSON.parse(String(line[0])) as PolicyHostProcess['ports'];
  const quiet = <Connection extends Socket>(socket: Connection): Connection => {
    socket.on('error', () => socket.destroy());
    return socket;
  };
  const openTcp: PolicyHostProcess['openTcp'] = (listener, from = '127.0.0.1') =>
    quiet(connectTcp({ port: ports[listener], host: '127.0.0.1', localAddress: from }));
  const proc = `/proc/${String(child.pid)}`;
  return {
    ports,
    get isRunning() {
      return child.exitCode === null && child.signalCode === null;
    },
    get residentKib() {
      return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`${proc}/status`, 'utf8'))?.[1]);
    },
    get openFiles() {
      return readdirSync(`${proc}/fd`).length;
    },
    openTcp,
    openTls: (from, options) =>
      quiet(
        connectTls({
          socket: openTcp('https', from),
          servername: HOST_NAME,
          ca: authority.rootPem,
          ...options,
        }),
      ),
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
