import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryLog } from '../../io/log/index.ts';
import { loadSettings } from '../config/index.ts';
import { enterRole, prepareToWrite, tellTakenOver } from './enter-role.ts';
import { findStore, lockFileOf, placeOf, type Role, type RolePlace } from './index.ts';
import { takeOver } from './take-over.ts';

const ROLES: readonly Role[] = ['sender', 'publisher', 'reporter', 'intake'];

/** What lies in the shared directory beside the store of a role, with what is in it. */
const FILES: Readonly<Record<Role, readonly string[]>> = {
  sender: [],
  publisher: ['acme/account.pem', 'certificates/a.test/chain.pem', 'certificates/a.test/key.pem'],
  reporter: ['report-journal.json', 'report-log.json', 'report.running'],
  intake: ['imap-0123456789abcdef.json', 'maildir.json', 'maildir.json.part'],
};

let root = '';
let former = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sekisho-take-over-'));
  former = join(root, 'state');
  mkdirSync(former, { mode: 0o700 });
});
afterEach(() => rmSync(root, { recursive: true }));

function placeIn(role: Role, more: Readonly<Record<string, string>> = {}): RolePlace {
  const environment = { SEKISHO_STATE_DIRECTORY: former, ...more };
  return placeOf(loadSettings({ environment }).settings, role);
}

/** As a killed service leaves them: what was written last is in `-wal` alone. */
function leaveFormer(role: Role): void {
  const { storeName } = placeIn(role);
  const live = join(root, storeName);
  const database = new DatabaseSync(live);
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (x)');
  database.exec(`PRAGMA wal_checkpoint(TRUNCATE); INSERT INTO t VALUES ('${role}')`);
  for (const end of ['', '-wal', '-shm'])
    cpSync(`${live}${end}`, join(former, `${storeName}${end}`));
  database.close();
  rmSync(live);
  for (const name of FILES[role]) {
    mkdirSync(join(former, name, '..'), { recursive: true, mode: 0o700 });
    writeFileSync(join(former, name), `content of ${name}`, { mode: 0o600 });
  }
}

function readStore({ directory, storeName }: Pick<RolePlace, 'directory' | 'storeName'>): unknown {
  const database = new DatabaseSync(join(directory, storeName));
  const { x } = database.prepare('SELECT x FROM t').get() ?? {};
  database.close();
  return x;
}

function expectTakenOver(role: Role): void {
  const place = placeIn(role);
  expect(readStore(place)).toBe(role);
  for (const name of FILES[role]) {
    const path = join(place.directory, name);
    expect(readFileSync(path, 'utf8')).toBe(`content of ${name}`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  }
}

/** Starts a role in a process that is killed after its first rename; true if there was one. */
function liveOneRename(place: RolePlace): boolean {
  const url = new URL('./take-over.ts', import.meta.url).href;
  const script = `
    import { renameSync } from 'node:fs';
    import { takeOver } from ${JSON.stringify(url)};
    takeOver(${JSON.stringify(place)}, (from, to) => {
      renameSync(from, to);
      process.kill(process.pid, 'SIGKILL');
    });`;
  const args = ['--conditions=sekisho-source', '--input-type=module', '--eval', script];
  const { signal, status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (signal === null) expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return signal !== null;
}

describe('takeOver', { timeout: 60_000 }, () => {
  it('moves what each role has, and nothing of the others', () => {
    for (const role of ROLES) leaveFormer(role);
    writeFileSync(join(former, 'of-somebody-else'), '');
    for (const role of ROLES) {
      const entered = enterRole(placeIn(role));
      entered.leave();
      const { takenOver } = entered;
      expect(takenOver.left).toEqual([]);
      expect(takenOver.moved.at(-1)).toBe(placeIn(role).storeName);
    }
    for (const role of ROLES) expectTakenOver(role);
    expect(readdirSync(former).toSorted()).toEqual([
      'intake',
      'of-somebody-else',
      'publisher',
      'report.sock',
      'reporter',
      'sender',
      'tlsrpt.sock',
    ]);
    for (const role of ROLES) {
      const entered = enterRole(placeIn(role));
      entered.leave();
      const { takenOver } = entered;
      expect(takenOver).toEqual({ moved: [], left: [] });
    }
  });

  it.each(ROLES)('survives a kill after each rename: %s', (role) => {
    leaveFormer(role);
    const place = placeIn(role);
    mkdirSync(place.directory);
    let kills = 0;
    while (liveOneRename(place)) {
      kills += 1;
      const found = findStore(place);
      expect(readStore({ ...place, directory: found?.directory ?? '' })).toBe(role);
    }
    expect(kills).toBe(new Set(FILES[role].map((name) => name.split('/')[0])).size + 1);
    expectTakenOver(role);
  });

  it('keeps links leading where they led, and takes one that leads nowhere for a file', () => {
    const place = placeIn('publisher');
    leaveFormer('publisher');
    mkdirSync(join(root, 'disk'));
    for (const name of [place.storeName, `${place.storeName}-wal`, 'certificates'])
      renameSync(join(former, name), join(root, 'disk', name));
    for (const name of [place.storeName, 'certificates'])
      symlinkSync(`../disk/${name}`, join(former, name));
    enterRole(place).leave();
    expectTakenOver('publisher');
    const acme = join(place.directory, 'acme');
    rmSync(acme, { recursive: true });
    symlinkSync('/not-mounted/acme', acme);
    mkdirSync(join(former, 'acme'));
    const again = enterRole(place);
    again.leave();
    expect(again.takenOver).toEqual({ moved: [], left: ['acme'] });
  });

  it('never replaces what the role has already', () => {
    const place = placeIn('intake');
    leaveFormer('intake');
    enterRole(place).leave();
    rmSync(join(place.directory, 'maildir.json.part'));
    // As an earlier version does that is installed again for a while.
    leaveFormer('intake');
    writeFileSync(join(former, 'maildir.json'), 'older');
    writeFileSync(join(place.directory, 'maildir.json'), 'newer');
    const role = enterRole(place);
    role.leave();
    expect(role.takenOver.left).toEqual([FILES.intake[0], 'maildir.json', place.storeName]);
    expect(readFileSync(join(place.directory, 'maildir.json'), 'utf8')).toBe('newer');
    expect(readFileSync(join(former, 'maildir.json'), 'utf8')).toBe('older');
    const log = createMemoryLog();
    tellTakenOver(place, role.takenOver, log);
    expect(log.entries.map(({ level, fields }) => ({ level, files: fields?.['files'] }))).toEqual([
      { level: 'info', files: 'maildir.json.part' },
      { level: 'warn', files: `${FILES.intake[0]} maildir.json ${place.storeName}` },
    ]);
  });

  it('touches nothing while an earlier version still works there', () => {
    leaveFormer('publisher');
    const place = placeIn('publisher');
    const running = new DatabaseSync(join(former, place.storeName));
    running.prepare('SELECT x FROM t').all();
    expect(() => enterRole(place)).toThrow(expect.objectContaining({ code: 'store-in-use' }));
    expect(readdirSync(place.directory)).toEqual(['publisher.lock']);
    expect(existsSync(join(former, 'certificates'))).toBe(true);
    running.close();
    enterRole(place).leave();
    expectTakenOver('publisher');
  });

  it('goes on where a setting names the shared directory', () => {
    leaveFormer('publisher');
    const place = placeIn('publisher', { SEKISHO_PUBLISH_STATE_DIRECTORY: former });
    const role = enterRole(place);
    expect(role.takenOver).toEqual({ moved: [], left: [] });
    expect(readStore(place)).toBe('publisher');
    role.leave();
    // Whoever is not told of that setting must not take the files from under it.
    expect(() => enterRole(placeIn('publisher'))).toThrow(
      expect.objectContaining({ code: 'state-elsewhere' }),
    );
    expect(existsSync(lockFileOf(place))).toBe(true);
    expect(readStore(place)).toBe('publisher');
  });

  it('leads from the sockets that mail servers know to the new ones', async () => {
    leaveFormer('reporter');
    for (const name of ['report.sock', 'tlsrpt.sock', 'control.sock']) {
      // A killed process leaves its socket behind.
      const server = createServer().listen(join(former, name));
      await once(server, 'listening');
      renameSync(join(former, name), join(former, 'kept'));
      await new Promise((resolve) => server.close(resolve));
      renameSync(join(former, 'kept'), join(former, name));
    }
    const place = placeIn('reporter');
    enterRole(place).leave();
    expect(readlinkSync(join(former, 'report.sock'))).toBe('reporter/report.sock');
    expect(readlinkSync(join(former, 'tlsrpt.sock'))).toBe('reporter/tlsrpt.sock');
    expect(lstatSync(join(former, 'control.sock')).isSocket()).toBe(true);
    leaveFormer('sender');
    enterRole(placeIn('sender')).leave();
    expect(existsSync(join(former, 'control.sock'))).toBe(false);
  });

  it('leaves a socket alone whose path the settings name', () => {
    leaveFormer('reporter');
    const path = join(former, 'tlsrpt.sock');
    enterRole(placeIn('reporter', { SEKISHO_REPORT_LISTEN_DATAGRAMS: path })).leave();
    expect(lstatSync(join(former, 'report.sock')).isSymbolicLink()).toBe(true);
    expect(lstatSync(path, { throwIfNoEntry: false })).toBe(undefined);
  });

  it.each([0o700, 0o711])('lets through whom the former directory let through: %o', (mode) => {
    chmodSync(former, mode);
    leaveFormer('reporter');
    enterRole(placeIn('reporter')).leave();
    expect(statSync(placeIn('reporter').directory).mode & 0o777).toBe(mode);
  });
});

describe('prepareToWrite', () => {
  it('takes over for a command that is run before the service', () => {
    leaveFormer('intake');
    const place = placeIn('intake');
    prepareToWrite(place);
    expectTakenOver('intake');
  });

  it('does nothing where there is nothing, and leaves it to a service that is doing so', () => {
    const place = placeIn('intake');
    prepareToWrite(place);
    expect(existsSync(place.directory)).toBe(false);
    const role = enterRole(place);
    leaveFormer('intake');
    expect(() => prepareToWrite(place)).toThrow(
      expect.objectContaining({ code: 'role-running', temporary: true }),
    );
    takeOver(place);
    prepareToWrite(place);
    role.leave();
  });
});
