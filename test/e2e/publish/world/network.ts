import { NAME_SERVER } from '../../world/addresses.ts';
import { createNamespace, type Namespace } from '../../world/namespace.ts';
import { createNetwork } from '../../world/network.ts';
import { run } from '../../world/run.ts';
import {
  CERTIFICATE_AUTHORITY,
  PUBLISHER,
  PUBLISHER_GATEWAY,
  SECOND_NAME_SERVER,
} from './addresses.ts';

export interface PublisherNetwork {
  readonly sender: Namespace;
  readonly internet: Namespace;
  /** The machine that runs `sekisho publish serve`. */
  readonly publisher: Namespace;
}

/** The sender's world, and a third machine behind the same Internet, which routes between the two. */
export function createPublisherNetwork(): PublisherNetwork {
  const { sender, internet } = createNetwork();
  const publisher = createNamespace('publisher');
  const ip = (namespace: Namespace, ...args: string[]) =>
    run(['ip', '-n', namespace.name, ...args]);
  const peer = ['type', 'veth', 'peer', 'name', 'wire', 'netns', publisher.name];
  ip(internet, 'link', 'add', 'wire2', ...peer);
  ip(internet, 'addr', 'add', `${PUBLISHER_GATEWAY}/24`, 'dev', 'wire2');
  ip(internet, 'link', 'set', 'wire2', 'up');
  for (const address of [SECOND_NAME_SERVER, CERTIFICATE_AUTHORITY]) {
    ip(internet, 'addr', 'add', `${address}/24`, 'dev', 'wire');
  }
  ip(publisher, 'addr', 'add', `${PUBLISHER}/24`, 'dev', 'wire');
  ip(publisher, 'link', 'set', 'wire', 'up');
  ip(publisher, 'route', 'add', 'default', 'via', PUBLISHER_GATEWAY);
  ip(sender, 'route', 'add', 'default', 'via', NAME_SERVER);
  internet.run(['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
  return { sender, internet, publisher };
}
