import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NAME_SERVER } from './addresses.ts';
import { type Namespace, setResolver } from './namespace.ts';
import { waitFor } from './wait-for.ts';

export interface ResolverOptions {
  /** The root's DS record, to validate from; without one nothing is validated. */
  readonly trustAnchor?: string;
  /** Where it listens, beside the port 53. Default `127.0.0.1`. */
  readonly address?: string;
}

/** An unbound that asks the closed world's own root. */
export interface WorldResolver {
  /** Makes it deaf: it still runs and answers nothing. */
  pause(): void;
  resume(): void;
}

/** Starts unbound in a namespace; at the usual address it is the resolver of every program there. */
export async function startResolver(
  namespace: Namespace,
  folder: string,
  { trustAnchor, address = '127.0.0.1' }: ResolverOptions = {},
): Promise<WorldResolver> {
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'unbound.conf');
  writeFileSync(config, unboundConfig(folder, address, trustAnchor));
  if (address === '127.0.0.1') {
    setResolver(namespace, `nameserver ${address}\noptions edns0 trust-ad\n`);
  }
  const child = namespace.start(['unbound', '-d', '-c', config], join(folder, 'unbound.log'));
  const ask = ['kdig', '+dnssec', '+time=1', '+retry=0', `@${address}`, 'test.', 'SOA'];
  const isAnswer = trustAnchor === undefined ? / NOERROR;/ : / ad[; ]/;
  await waitFor('the resolver', () => isAnswer.test(namespace.tryRun(ask).stdout));
  return { pause: () => void child.kill('SIGSTOP'), resume: () => void child.kill('SIGCONT') };
}

/** Nothing is remembered longer than a second, so that a change of the zones shows at once. */
function unboundConfig(folder: string, address: string, trustAnchor: string | undefined): string {
  const validation =
    trustAnchor === undefined
      ? 'module-config: "iterator"'
      : `module-config: "validator iterator"\n  trust-anchor: "${trustAnchor}"`;
  return `server:
  directory: "${folder}"
  username: ""
  chroot: ""
  pidfile: "${folder}/unbound.pid"
  use-syslog: no
  interface: ${address}
  access-control: 127.0.0.0/8 allow
  do-not-query-localhost: no
  ${validation}
  local-zone: "test." nodefault
  qname-minimisation: no
  cache-max-ttl: 1
  cache-max-negative-ttl: 1
  infra-host-ttl: 1
  infra-keep-probing: yes
  num-queries-per-thread: 1024
  outgoing-range: 2048
  so-reuseport: no
  val-log-level: 1
stub-zone:
  name: "."
  stub-addr: ${NAME_SERVER}
  stub-prime: no
remote-control:
  control-enable: no
`;
}
