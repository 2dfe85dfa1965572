import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IoError } from '../../io/error.ts';
import { openToRead, type RolePlace } from './index.ts';

let former = '';
let place: RolePlace;
beforeEach(() => {
  former = mkdtempSync(join(tmpdir(), 'sekisho-read-'));
  const directory = join(former, 'intake');
  const [role, storeName] = ['intake', 'intake.sqlite3'] as const;
  place = { role, directory, storeName, former, formerSockets: [] };
});
afterEach(() => rmSync(former, { recursive: true }));

const say = (directory: string): Promise<string> => Promise.resolve(directory);
const missing = new IoError('store-missing', 'gone', { temporary: false });

function makeStore(directory: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, place.storeName), '');
}

describe('openToRead', () => {
  it('finds the store of the role, before that of the shared directory, and nothing where there is none', async () => {
    expect(await openToRead(place, say)).toBe(undefined);
    makeStore(former);
    expect(await openToRead(place, say)).toBe(former);
    makeStore(place.directory);
    expect(await openToRead(place, say)).toBe(place.directory);
    const { former: _former, ...named } = place;
    expect(await openToRead({ ...named, former: undefined, directory: '/none' }, say)).toBe(
      undefined,
    );
  });

  it('looks again when the store is taken over under it', async () => {
    makeStore(former);
    const found = await openToRead(place, (directory) => {
      if (directory === place.directory) return say(directory);
      makeStore(place.directory);
      return Promise.reject(missing);
    });
    expect(found).toBe(place.directory);
  });

  it('says so of a link to a file that is not there', async () => {
    mkdirSync(place.directory);
    symlinkSync('/not-mounted/intake.sqlite3', join(place.directory, place.storeName));
    await expect(openToRead(place, say)).rejects.toMatchObject({
      code: 'store-unreadable',
      message: expect.stringContaining('it is a link to a file that is not there'),
    });
  });

  it('says so where a file is in the way', async () => {
    writeFileSync(place.directory, '');
    await expect(openToRead(place, say)).rejects.toMatchObject({
      code: 'store-unreadable',
      temporary: false,
      message: `Cannot read "${join(place.directory, place.storeName)}": ENOTDIR: not a directory, stat '${join(place.directory, place.storeName)}'; what should be its directory is none`,
    });
  });

  it('names the owner of the file where SQLite may not open what is beside it', async () => {
    makeStore(place.directory);
    const failure = new IoError('store-unwritable', 'Cannot open it', { temporary: false });
    const opening = openToRead(place, () => Promise.reject(failure));
    await expect(opening).rejects.toMatchObject({ code: 'store-unreadable' });
    await expect(opening).rejects.toThrow(/Cannot open it; run as /u);
  });
});

const [SOMEBODY, OTHER] = [65_534, 54_321];

/** Reads as another user, in a process of its own; what it says. */
function readAs(uid: number): string {
  const url = new URL('./index.ts', import.meta.url).href;
  const script = `
    import { openToRead } from ${JSON.stringify(url)};
    process.setgroups([]);
    process.setgid(${uid});
    process.setuid(${uid});
    openToRead(${JSON.stringify(place)}, async () => 'opened').then(
      (opened = 'nothing') => process.stdout.write(opened),
      ({ code, message }) => process.stdout.write(code + ' ' + message),
    );`;
  const args = ['--conditions=sekisho-source', '--input-type=module', '--eval', script];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return `${stdout}${stderr}`;
}

describe.runIf(process.geteuid?.() === 0)(
  'openToRead, as another user',
  { timeout: 30_000 },
  () => {
    it('names the user who owns the file', () => {
      makeStore(place.directory);
      const file = join(place.directory, place.storeName);
      for (const path of [former, place.directory]) chmodSync(path, 0o755);
      chmodSync(file, 0o600);
      const user = execFileSync('id', ['-un', String(SOMEBODY)], { encoding: 'utf8' }).trim();
      chownSync(file, SOMEBODY, SOMEBODY);
      expect(readAs(SOMEBODY)).toBe('opened');
      expect(readAs(OTHER)).toBe(
        `store-unreadable Cannot read "${file}": permission denied; run as the user "${user}", who owns the file, or as root`,
      );
    });

    it('never takes a directory that may not be looked into for one without a store', () => {
      makeStore(place.directory);
      chmodSync(former, 0o700);
      chownSync(former, OTHER, OTHER);
      const said = readAs(SOMEBODY);
      expect(said).toMatch(
        /^store-unreadable Cannot read .* permission denied; run as the user with the id 54321/u,
      );
      expect(said).toContain(`who owns "${former}", or as root`);
      chownSync(former, 0, 0);
      expect(readAs(SOMEBODY)).toMatch(/; run as root$/u);
    });
  },
);
