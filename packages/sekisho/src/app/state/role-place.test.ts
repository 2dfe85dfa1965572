import { describe, expect, it } from 'vitest';
import { STORE_FILE_NAME } from '../../discover/store/index.ts';
import { INTAKE_STORE_FILE_NAME } from '../../intake/store/index.ts';
import { PUBLISH_STORE_FILE_NAME } from '../../publish/store/index.ts';
import { REPORT_STORE_FILE_NAME } from '../../report/store/index.ts';
import { loadSettings } from '../config/index.ts';
import { controlSocketOf, datagramSocketOf, lockFileOf, placeOf, type Role } from './role-place.ts';

const settingsOf = (environment: Readonly<Record<string, string>> = {}) =>
  loadSettings({ environment: { SEKISHO_STATE_DIRECTORY: '/s', ...environment } }).settings;

describe('placeOf', () => {
  it.each<[Role, string]>([
    ['sender', STORE_FILE_NAME],
    ['publisher', PUBLISH_STORE_FILE_NAME],
    ['reporter', REPORT_STORE_FILE_NAME],
    ['intake', INTAKE_STORE_FILE_NAME],
  ])('gives the %s a directory of its own, where its store is %s', (role, storeName) => {
    const place = placeOf(settingsOf(), role);
    expect(place).toMatchObject({ directory: `/s/${role}`, former: '/s', storeName });
    expect(lockFileOf(place)).toBe(`/s/${role}/${role}.lock`);
  });

  it.each<[Role, string]>([
    ['publisher', 'SEKISHO_PUBLISH_STATE_DIRECTORY'],
    ['reporter', 'SEKISHO_REPORT_STATE_DIRECTORY'],
    ['intake', 'SEKISHO_INTAKE_STATE_DIRECTORY'],
  ])('takes for the %s the directory that a setting names, as it is', (role, name) => {
    expect(placeOf(settingsOf({ [name]: '/s' }), role)).toMatchObject({
      directory: '/s',
      former: undefined,
    });
  });

  it('knows where orders and datagrams come in', () => {
    const settings = settingsOf({ SEKISHO_REPORT_STATE_DIRECTORY: '/r' });
    expect(controlSocketOf(settings, 'sender')).toBe('/s/sender/control.sock');
    expect(controlSocketOf(settings, 'publisher')).toBe('/s/publisher/publish.sock');
    expect(controlSocketOf(settings, 'reporter')).toBe('/r/report.sock');
    expect(datagramSocketOf(settings)).toBe('/r/tlsrpt.sock');
  });
});
