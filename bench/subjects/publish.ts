import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import type { Bench } from '../harness/bench.ts';
import { type Child, startChild } from '../harness/child.ts';
import { domainName, policyOf } from '../harness/domains.ts';
import { findFreePort } from '../harness/endpoint.ts';
import type { PublishFiles } from '../world/publish-files.ts';

const program = fileURLToPath(new URL('../../packages/sekisho/dist/app/main.js', import.meta.url));
const READY_MS = 60_000;

/** Sekisho; nginx with one certificate for all hosts; nginx with each host's own, as a host of many domains needs it. */
export type PublishSubjectName = 'Sekisho' | 'nginx, one' | 'nginx, each';

/** A policy host that runs. */
export interface PublishSubject {
  readonly name: PublishSubjectName;
  readonly port: number;
  readonly child: Child;
  /** From the start of the process to the first policy that it gave out. */
  readonly readyMs: number;
}

/** The first bytes of an answer; undefined if there is none. */
function fetchOnce(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({
      port,
      host: '127.0.0.1',
      servername: host,
      rejectUnauthorized: false,
    });
    socket.once('data', (data: Buffer) => {
      resolve(data.toString('latin1'));
      socket.destroy();
    });
    socket.once('error', () => resolve(undefined));
    socket.once('close', () => resolve(undefined));
    socket.write(`GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  });
}

async function untilReady(port: number, child: Child, domain: string): Promise<number> {
  const sinceMs = performance.now();
  while (performance.now() - sinceMs < READY_MS && child.ended() === undefined) {
    const answer = await fetchOnce(port, `mta-sts.${domain}`);
    if (answer?.startsWith('HTTP/1.1 200 ') === true) return performance.now();
    await delay(1);
  }
  throw new Error(`${child.name} never gave out a policy: ${child.tail()}`);
}

/** `sekisho publish serve` as built, in a state directory of its own. */
export async function startPublishService(
  children: Child[],
  files: PublishFiles,
): Promise<PublishSubject> {
  if (!existsSync(program)) throw new Error('Sekisho is not built: run "npm run build" first');
  const port = await findFreePort();
  const startMs = performance.now();
  const child = await startChild({
    name: 'sekisho-publish',
    command: process.execPath,
    args: [program, 'publish', 'serve'],
    core: 'server',
    directory: files.stateDirectory,
    environment: {
      SEKISHO_STATE_DIRECTORY: files.stateDirectory,
      SEKISHO_PUBLISH_LISTEN_HTTPS: `127.0.0.1:${String(port)}`,
      SEKISHO_PUBLISH_LISTEN_HTTP: '',
      SEKISHO_PUBLISH_LISTEN_ADMIN: 'off',
      SEKISHO_LOG_LEVEL: 'warn',
    },
  });
  children.push(child);
  const domain = domainName(files.domainCount - 1);
  const readyMs = (await untilReady(port, child, domain)) - startMs;
  return { name: 'Sekisho', port, child, readyMs };
}

/** Where nginx finds the certificate: one for all names, which is nginx at its fastest, or the name's own. */
function certificateLines(name: PublishSubjectName, files: PublishFiles): readonly string[] {
  if (name === 'nginx, one')
    return [`ssl_certificate ${files.chainFile};`, `ssl_certificate_key ${files.keyFile};`];
  const folder = `${join(files.stateDirectory, 'publisher', 'certificates')}/$site`;
  return [`ssl_certificate ${folder}/chain.pem;`, `ssl_certificate_key ${folder}/key.pem;`];
}

/** One server and one file for all names. */
function formatConfig(
  name: PublishSubjectName,
  directory: string,
  port: number,
  files: PublishFiles,
): string {
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (each) => `${each}_temp_path ${join(directory, each)};`,
  );
  return `daemon off;
master_process off;
pid ${join(directory, 'nginx.pid')};
error_log stderr error;
events { worker_connections 4096; }
http {
  access_log off;
  default_type text/plain;
  open_file_cache max=16;
  open_file_cache_valid 1h;
  ${folders.join('\n  ')}
  map $ssl_server_name $site { "~^mta-sts[.](?<domain>.+)$" $domain; }
  server {
    listen 127.0.0.1:${String(port)} ssl backlog=1024;
    ${certificateLines(name, files).join('\n    ')}
    ssl_protocols TLSv1.2 TLSv1.3;
    root ${join(directory, 'www')};
    add_header Cache-Control max-age=60;
  }
}
`;
}

export async function startStaticNginx(
  bench: Bench,
  children: Child[],
  files: PublishFiles,
  name: 'nginx, one' | 'nginx, each',
): Promise<PublishSubject> {
  const directory = bench.makeFolder('nginx');
  const port = await findFreePort();
  mkdirSync(join(directory, 'www', '.well-known'), { recursive: true });
  writeFileSync(join(directory, 'www', '.well-known', 'mta-sts.txt'), policyOf(domainName(0)));
  const config = join(directory, 'nginx.conf');
  writeFileSync(config, formatConfig(name, directory, port, files));
  const startMs = performance.now();
  const child = await startChild({
    name,
    command: 'nginx',
    args: ['-p', directory, '-c', config, '-e', 'stderr'],
    core: 'server',
    directory,
  });
  children.push(child);
  const readyMs = (await untilReady(port, child, domainName(0))) - startMs;
  return { name, port, child, readyMs };
}
