import {
  BLACK_HOLE,
  NAME_SERVER,
  POLICY_HOSTS,
  RECEIVERS,
  REFUSING,
  SENDER,
  isIpv6,
} from './addresses.ts';
import { createNamespace, type Namespace } from './namespace.ts';
import { run } from './run.ts';

export interface Network {
  readonly sender: Namespace;
  readonly internet: Namespace;
}

/** Two namespaces, one wire between them, no way out. */
export function createNetwork(): Network {
  const sender = createNamespace('sender');
  const internet = createNamespace('internet');
  run([
    'ip',
    '-n',
    sender.name,
    'link',
    'add',
    'wire',
    'type',
    'veth',
    'peer',
    'name',
    'wire',
    'netns',
    internet.name,
  ]);
  addAddresses(sender, Object.values(SENDER));
  addAddresses(internet, internetAddresses());
  internet.run(['nft', '-f', '-'], blackHole());
  return { sender, internet };
}

function internetAddresses(): string[] {
  const hosts = [...Object.values(POLICY_HOSTS), ...Object.values(RECEIVERS)];
  return [...new Set([NAME_SERVER, REFUSING, BLACK_HOLE, ...hosts])];
}

function addAddresses(namespace: Namespace, addresses: readonly string[]): void {
  const lines = addresses.map((address) =>
    isIpv6(address) ? `addr add ${address}/64 dev wire nodad` : `addr add ${address}/24 dev wire`,
  );
  run(['ip', '-n', namespace.name, '-batch', '-'], [...lines, 'link set wire up', ''].join('\n'));
}

function blackHole(): string {
  return `table inet world {
  chain arriving {
    type filter hook input priority 0;
    ip daddr ${BLACK_HOLE} drop
  }
}
`;
}
