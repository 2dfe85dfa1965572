import { type ConfigWarning, isExposed } from './config-warning.ts';
import { findIntakeRisks } from './intake-warnings.ts';
import { formatListenAddress, type ListenAddress } from './listen-address.ts';
import { findReportRisks } from './report-warnings.ts';
import type { Settings } from './schema.ts';

function findExposedAdmin(key: string, admin: ListenAddress | 'off'): ConfigWarning[] {
  if (admin === 'off' || !isExposed(admin)) return [];
  const message = `${formatListenAddress(admin)} is reachable from other machines and has no authentication`;
  return [{ key, message }];
}

function findExposedHttp(http: ListenAddress | 'off'): ConfigWarning[] {
  if (http === 'off' || !isExposed(http)) return [];
  const message = `tokens go to ${formatListenAddress(http)} without TLS`;
  return [{ key: 'report.listen.http', message }];
}

function findExposed({ listen, publish, report, intake }: Settings): ConfigWarning[] {
  const socketmap = listen.socketmap.filter(isExposed).map((address) => ({
    key: 'listen.socketmap',
    message: `${formatListenAddress(address)} is reachable from other machines; whoever asks makes Sekisho look up and fetch`,
  }));
  return [
    ...socketmap,
    ...findExposedAdmin('listen.admin', listen.admin),
    ...findExposedAdmin('publish.listen.admin', publish.listen.admin),
    ...findExposedAdmin('report.listen.admin', report.listen.admin),
    ...findExposedAdmin('intake.listen.admin', intake.listen.admin),
    ...findExposedHttp(report.listen.http),
  ];
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

function findPublishRisks({ publish }: Settings): ConfigWarning[] {
  const { acme, gates, listen, probe } = publish;
  const candidates: readonly (ConfigWarning | false)[] = [
    gates.days < 7 && {
      key: 'publish.gates.days',
      message: 'a fault that shows once a week is not seen before mail is lost to it',
    },
    listen.plain.some(isExposed) && {
      key: 'publish.listen.plain',
      message:
        'policies leave this machine without TLS; only a web server in front should see them',
    },
    acme.directory !== 'off' &&
      !acme.challenges.includes('tls-alpn-01') &&
      listen.http.length === 0 && {
        key: 'publish.acme.challenges',
        message: 'http-01 cannot be answered: publish.listen.http is empty',
      },
    probe.port !== 25 && {
      key: 'publish.probe.port',
      message: 'senders use port 25; what is found on another port says little of them',
    },
  ];
  return candidates.filter((candidate) => candidate !== false);
}

/** What `sekisho config check` wants the operator to think about; none of it stops the daemon. */
export function findWarnings(settings: Settings): readonly ConfigWarning[] {
  return [
    ...findExposed(settings),
    ...findRisks(settings),
    ...findPublishRisks(settings),
    ...findReportRisks(settings),
    ...findIntakeRisks(settings),
  ];
}
