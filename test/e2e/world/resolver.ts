import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NAME_SERVER } from './addresses.ts';
import { type Namespace, setResolver } from './namespace.ts';
import { waitFor } from './wait-for.ts';

/** Starts unbound, validating from the closed world's own root, as the sender's only resolver. */
export async function startResolver(
  sender: Namespace,
  folder: string,
  trustAnchor: string,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'unbound.conf');
  writeFileSync(config, unboundConfig(folder, trustAnchor));
  setResolver(sender, 'nameserver 127.0.0.1\noptions edns0 trust-ad\n');
  sender.start(['unbound', '-d', '-c', config], join(folder, 'unbound.log'));
  await waitFor('the resolver to validate', () =>
    / ad[; ]/.test(
      sender.tryRun(['kdig', '+dnssec', '+time=1', '+retry=0', '@127.0.0.1', 'test.', 'SOA'])
        .stdout,
    ),
  );
}

/** Nothing is remembered longer than a second, so that a change of the zones shows at once. */
function unboundConfig(folder: string, trustAnchor: string): string {
  return `server:
  directory: "${folder}"
  username: ""
  chroot: ""
  pidfile: "${folder}/unbound.pid"
  use-syslog: no
  interface: 127.0.0.1
  interface: ::1
  access-control: 127.0.0.0/8 allow
  do-not-query-localhost: no
  module-config: "validator iterator"
  trust-anchor: "${trustAnchor}"
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
