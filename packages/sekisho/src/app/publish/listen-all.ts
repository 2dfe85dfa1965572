import type { ListenerKind, PolicyHost } from '../../publish/index.ts';
import type { Settings } from '../config/index.ts';
import { formatListenAddress, type ListenAddress } from '../config/listen-address.ts';
import { listenOn } from '../service/listening.ts';
import type { PassedSocket } from '../service/systemd.ts';

const KINDS: readonly ListenerKind[] = ['https', 'http', 'plain'];
/** A Unix socket for a web server in front: its directory decides who gets there. */
const SOCKET_MODE = 0o666;

/** Where the host listens, by kind. */
export type Listening = Readonly<Record<ListenerKind, readonly string[]>>;

/**
 * Listens everywhere that the settings say; sockets that systemd passes under the name of a kind take their place.
 *
 * @throws IoError `listen-failed`
 */
export async function listenAll(
  host: PolicyHost,
  listen: Settings['publish']['listen'],
  passed: readonly PassedSocket[],
): Promise<Listening> {
  const listening: Record<ListenerKind, string[]> = { https: [], http: [], plain: [] };
  for (const kind of KINDS) {
    const sockets = passed.filter(({ name }) => name === kind);
    for (const { fd } of sockets) listening[kind].push(await host.listen(kind, { fd }));
    const configured = sockets.length > 0 ? [] : listen[kind];
    for (const address of configured)
      listening[kind].push(await listenAt(host, kind, address, configured));
  }
  return listening;
}

async function listenAt(
  host: PolicyHost,
  kind: ListenerKind,
  address: ListenAddress,
  all: readonly ListenAddress[],
): Promise<string> {
  let where = '';
  // `[::]` takes IPv4 as well, unless somebody else has it.
  const ipv6Only = address.kind === 'tcp' && address.host === '::' && all.some(isAnyIpv4(address));
  await listenOn(
    address,
    async (target) => {
      where = await host.listen(kind, ipv6Only ? { ...target, ipv6Only } : target);
    },
    SOCKET_MODE,
  );
  return address.kind === 'unix' ? formatListenAddress(address) : where;
}

function isAnyIpv4({ port }: { readonly port: number }) {
  return (other: ListenAddress): boolean =>
    other.kind === 'tcp' && other.host === '0.0.0.0' && other.port === port;
}
