import { chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadSettings } from '../config/index.ts';
import { enterRole } from './enter-role.ts';
import { placeOf, type RolePlace } from './index.ts';

let state = '';
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'sekisho-role-'));
});
afterEach(() => rmSync(state, { recursive: true }));

function place(
  role: 'publisher' | 'reporter',
  more: Readonly<Record<string, string>> = {},
): RolePlace {
  const environment = { SEKISHO_STATE_DIRECTORY: join(state, 'deep/state'), ...more };
  return placeOf(loadSettings({ environment }).settings, role);
}

it('makes a directory for its owner only, and lets one service in at a time', () => {
  const reporter = place('reporter');
  const first = enterRole(reporter);
  expect(statSync(reporter.directory).mode & 0o777).toBe(0o700);
  expect(() => enterRole(reporter)).toThrow(
    expect.objectContaining({
      name: 'IoError',
      code: 'role-running',
      temporary: false,
      message: `Cannot start the reporter in "${reporter.directory}": process ${String(process.pid)} is running there as such; must be one for each directory`,
    }),
  );
  first.leave();
  enterRole(reporter).leave();
});

it('lets two roles into one directory that their settings name', () => {
  const both = { SEKISHO_PUBLISH_STATE_DIRECTORY: state, SEKISHO_REPORT_STATE_DIRECTORY: state };
  const roles = [enterRole(place('publisher', both)), enterRole(place('reporter', both))];
  for (const role of roles) role.leave();
});

it('says which directory cannot be made', () => {
  writeFileSync(join(state, 'deep'), 'a file');
  const { directory } = place('reporter');
  expect(() => enterRole(place('reporter'))).toThrow(`Cannot make directory "${directory}"`);
});

it.runIf(process.geteuid?.() === 0)(
  'gives what root makes to the owner of the state directory',
  () => {
    chownSync(state, 65_534, 65_534);
    const reporter = place('reporter', { SEKISHO_STATE_DIRECTORY: state });
    enterRole(reporter).leave();
    expect(statSync(reporter.directory).uid).toBe(65_534);
    expect(statSync(join(reporter.directory, 'reporter.lock')).uid).toBe(65_534);
  },
);
