import { createHash } from 'node:crypto';
import { join } from 'node:path';
import {
  type Acceptor,
  type DoorCounter,
  type ImapDoor,
  startImapDoor,
} from '../../intake/index.ts';
import type { Clock } from '../../io/clock/index.ts';
import {
  createImapOpener,
  type ImapCredentials,
  readTokenFromCommand,
} from '../../io/imap/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { Settings } from '../config/index.ts';
import { readNamedFile } from '../report/named-file.ts';
import { createPositionFile } from '../report/position-file.ts';
import { placeOf } from '../state/index.ts';

export interface SettledImapParts {
  readonly settings: Settings;
  readonly acceptor: Acceptor;
  readonly count: DoorCounter;
  readonly clock: Clock;
  readonly log: Log;
}

/** Prepares the mailbox of the settings; undefined where there is none. @throws ConfigError when a file cannot be read. */
export function prepareImap(parts: SettledImapParts): (() => ImapDoor) | undefined {
  const { settings, acceptor, count, clock, log } = parts;
  const { host, port, tls, caFile, mailbox, readOnly, moveTo } = settings.intake.imap;
  if (host === undefined) return undefined;
  const open = createImapOpener({
    host,
    security: tls,
    mailbox,
    isWritable: !readOnly,
    largestBytes: acceptor.largestBytes,
    clock,
    credentials: credentialsOf(settings, clock),
    ...(port === undefined ? {} : { port }),
    ...(caFile === undefined ? {} : { ca: readNamedFile('intake.imap.caFile', caFile) }),
  });
  return () =>
    startImapDoor({
      open,
      acceptor,
      count,
      clock,
      log,
      state: createPositionFile(positionFileOf(settings)),
      isMarking: !readOnly,
      ...(moveTo === undefined ? {} : { moveTo }),
    });
}

/** Each mailbox has a position of its own: UIDs of another one say nothing. */
function positionFileOf(settings: Settings): string {
  const { host, user, mailbox } = settings.intake.imap;
  const name = createHash('sha256')
    .update(JSON.stringify([host, user, mailbox]))
    .digest('hex');
  return join(placeOf(settings, 'intake').directory, `imap-${name.slice(0, 16)}.json`);
}

function credentialsOf(settings: Settings, clock: Clock): () => Promise<ImapCredentials> {
  const { user = '', passwordFile, tokenCommand } = settings.intake.imap;
  const [program, ...args] = tokenCommand;
  if (program !== undefined)
    return async () => ({
      user,
      accessToken: await readTokenFromCommand({ program, args }, clock),
    });
  const where = 'intake.imap.passwordFile';
  const password = readNamedFile(where, passwordFile ?? '').replace(/\r?\n$/u, '');
  return () => Promise.resolve({ user, password });
}
