import { isIP } from 'node:net';
import { formatListenAddress, type ListenAddress } from './listen-address.ts';
import type { Settings } from './schema.ts';

/** Something that is allowed and that an operator should have meant. */
export interface ConfigWarning {
  readonly key: string;
  readonly message: string;
}

function isExposed(address: ListenAddress): boolean {
  if (address.kind === 'unix') return false;
  const { host } = address;
  const loopback =
    isIP(host) === 4 ? host.startsWith('127.') : host === '::1' || host === 'localhost';
  return !loopback;
}

function findExposed({ listen }: Settings): ConfigWarning[] {
  const socketmap = listen.socketmap.filter(isExposed).map((address) => ({
    key: 'listen.socketmap',
    message: `${formatListenAddress(address)} is reachable from other machines; whoever asks makes Sekisho look up and fetch`,
  }));
  if (listen.admin === 'off' || !isExposed(listen.admin)) return socketmap;
  const message = `${formatListenAddress(listen.admin)} is reachable from other machines and has no authentication`;
  return [...socketmap, { key: 'listen.admin', message }];
}

function findRisks({ listen, https, policies, postfix }: Settings): ConfigWarning[] {
  const { uncertainty } = policies;
  const candidates: readonly (ConfigWarning | false)[] = [
    listen.socketmap.length === 0 && {
      key: 'listen.socketmap',
      message: 'without an address the daemon starts only on sockets that systemd passes',
    },
    https.allowedAddresses.includes('any') && {
      key: 'https.allowedAddresses',
      message: 'every domain can make Sekisho connect to addresses inside your network',
    },
    https.port !== 443 && {
      key: 'https.port',
      message: 'no policy host of the Internet listens there; RFC 8461 §3.3 knows only port 443',
    },
    !https.requireTextPlain && {
      key: 'https.requireTextPlain',
      message: 'hosts where users upload files can be made to serve a policy (RFC 8461 §3.2)',
    },
    policies.holdBackSeconds < 300 && {
      key: 'policies.holdBackSeconds',
      message: 'RFC 8461 §3.3 asks for five minutes between failed fetches',
    },
    (uncertainty.servfail === 'temp' || uncertainty.timeout === 'temp') && {
      key: 'policies.uncertainty',
      message: `mail waits up to ${String(uncertainty.tempSeconds)} seconds for domains whose DNS is broken, whether they have a policy or not`,
    },
    postfix.defaultLevel.startsWith('dane') &&
      postfix.testing === 'report' && {
        key: 'postfix.testing',
        message: `a testing policy answers "${postfix.defaultLevel}": Postfix then reports DANE, not MTA-STS`,
      },
  ];
  return candidates.filter((candidate) => candidate !== false);
}

/** What `sekisho config check` wants the operator to think about; none of it stops the daemon. */
export function findWarnings(settings: Settings): readonly ConfigWarning[] {
  return [...findExposed(settings), ...findRisks(settings)];
}
