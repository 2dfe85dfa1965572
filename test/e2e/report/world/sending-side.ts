import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DrivenClock } from '../../publish/world/driven-clock.ts';
import { policyMapAt, startDaemon } from '../../world/daemon.ts';
import type { Namespace } from '../../world/namespace.ts';
import type { PostfixPrograms } from '../../world/postfix.ts';
import { type Sender, startSender } from '../../world/sender.ts';
import { REPORTER } from './addresses.ts';
import { type Service, startService } from './service.ts';

const PORT = 8461;
/** Within Postfix's queue directory. */
const SOCKET = 'run/tlsrpt/tlsrpt.sock';
/** Long enough that no report of a day leaves at once. */
const SPREAD_MINUTES = 60;

/** A Postfix that tells of its sessions, a Sekisho that it asks, and another that collects and reports. */
export interface SendingSide {
  readonly postfix: Sender;
  readonly reporter: Service;
  /** Where the reporter takes orders and tells its metrics. */
  readonly reportSocket: string;
  /** The TXT record that the reporter wants for its key. */
  readonly dkim: { readonly name: string; readonly text: string };
}

export interface SendingSideOptions {
  readonly caFile: string;
  readonly clock: DrivenClock;
  readonly programs: PostfixPrograms;
}

export async function startSendingSide(
  namespace: Namespace,
  folder: string,
  { caFile, clock, programs }: SendingSideOptions,
): Promise<SendingSide> {
  const postfixFolder = join(folder, 'postfix');
  const socket = join(postfixFolder, 'queue', SOCKET);
  mkdirSync(join(postfixFolder, 'queue', 'run', 'tlsrpt'), { recursive: true });
  const keyFile = join(folder, 'dkim.pem');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const { environment } = clock;
  const daemon = await startDaemon(namespace, join(folder, 'sekisho'), {
    caFile,
    postfixVersion: programs.version,
    defaultLevel: 'may',
    testing: 'report',
    furtherSettings: reportSettings(socket, keyFile),
    environment,
  });
  const reporter = await startService(namespace, {
    what: ['report', 'serve'],
    configFile: daemon.configFile,
    logFile: join(folder, 'report.log'),
    environment,
  });
  const postfix = startSender(namespace, postfixFolder, {
    caFile,
    policyMap: policyMapAt(PORT, 'sts-tlsrpt'),
    transports: {},
    programs,
    settings: {
      smtp_tlsrpt_enable: 'yes',
      smtp_tlsrpt_socket_name: SOCKET,
    },
    // Mail with reports goes the way of all mail: what it says of itself has to do.
    services: ['127.0.0.1:25 inet n - n - - smtpd'],
  });
  return {
    postfix,
    reporter,
    reportSocket: join(folder, 'sekisho', 'state', 'reporter', 'report.sock'),
    dkim: readDkim(reporter),
  };
}

function reportSettings(socket: string, keyFile: string): string {
  return `report:
  contact: ${REPORTER}
  organizationName: Sender of the closed world
  spreadMinutes: ${SPREAD_MINUTES}
  listen:
    datagrams: ["${socket}"]
  dkim:
    keyFile: ${keyFile}
    selector: tlsrpt
`;
}

function readDkim(reporter: Service): SendingSide['dkim'] {
  const line = reporter.log().find(({ msg }) => msg === 'report mail is signed');
  return { name: String(line?.['name']), text: String(line?.['record']) };
}
