import { join } from 'node:path';
import type { Settings } from '../config/index.ts';

/** The services of Sekisho, each with a directory, a store and a lock of its own. */
export type Role = 'sender' | 'publisher' | 'reporter' | 'intake';

/** What decides where roles keep their files. */
export type PlaceSettings = Pick<Settings, 'stateDirectory' | 'publish' | 'report' | 'intake'>;

/** Where a role keeps its files; plain data, so that it can cross to a thread. */
export interface RolePlace {
  readonly role: Role;
  readonly directory: string;
  /** The name of its store within the directory. */
  readonly storeName: string;
  /** Where its files were when all roles shared one directory; undefined where a setting names the directory. */
  readonly former: string | undefined;
  /** The sockets there; linked are those whose path mail servers may be told. */
  readonly formerSockets: readonly { readonly name: string; readonly isLinked: boolean }[];
}

/** As the stores name their files; their doors are not imported here, as each brings its whole room. */
const STORE_NAMES: Readonly<Record<Role, string>> = {
  sender: 'policies.sqlite3',
  publisher: 'publish.sqlite3',
  reporter: 'report.sqlite3',
  intake: 'intake.sqlite3',
};

const CONTROL_SOCKETS = {
  sender: 'control.sock',
  publisher: 'publish.sock',
  reporter: 'report.sock',
} as const;

const DATAGRAM_SOCKET = 'tlsrpt.sock';

/** The one place that decides where a role keeps its files: the directory that its setting names, or its own below `stateDirectory`. */
export function placeOf(settings: PlaceSettings, role: Role): RolePlace {
  const named = {
    sender: undefined,
    publisher: settings.publish.stateDirectory,
    reporter: settings.report.stateDirectory,
    intake: settings.intake.stateDirectory,
  }[role];
  return {
    role,
    directory: named ?? join(settings.stateDirectory, role),
    storeName: STORE_NAMES[role],
    former: named === undefined ? settings.stateDirectory : undefined,
    formerSockets: formerSocketsOf(settings, role),
  };
}

function formerSocketsOf({ report }: PlaceSettings, role: Role): RolePlace['formerSockets'] {
  if (role === 'intake') return [];
  const isLinked = role === 'reporter';
  const control = { name: CONTROL_SOCKETS[role], isLinked };
  return isLinked && report.listen.datagrams === undefined
    ? [control, { name: DATAGRAM_SOCKET, isLinked }]
    : [control];
}

/** The socket on which a service takes orders; for its owner alone. */
export function controlSocketOf(
  settings: PlaceSettings,
  role: keyof typeof CONTROL_SOCKETS,
): string {
  return join(placeOf(settings, role).directory, CONTROL_SOCKETS[role]);
}

/** Where datagrams are received where neither settings nor systemd say so. */
export function datagramSocketOf(settings: PlaceSettings): string {
  return join(placeOf(settings, 'reporter').directory, DATAGRAM_SOCKET);
}

/** The lock of a role's service. Named by the role: settings may give two roles one directory. */
export function lockFileOf({ directory, role }: Pick<RolePlace, 'directory' | 'role'>): string {
  return join(directory, `${role}.lock`);
}
