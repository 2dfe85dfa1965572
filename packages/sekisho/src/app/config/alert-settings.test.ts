import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSettings } from './index.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sekisho-settings-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

function load(yaml: string, environment: Readonly<Record<string, string>> = {}) {
  const configFile = join(directory, 'sekisho.yaml');
  writeFileSync(configFile, yaml);
  return loadSettings({ configFile, environment }).settings.alerts;
}

describe('settings of alerts', () => {
  it('name nobody by default', () => {
    expect(load('{}')).toEqual({ command: [] });
  });

  it.each([
    ['{ alerts: { mailTo: a@example.com } }', 'report.contact: it is missing'],
    ['{ alerts: { command: [tell] } }', 'alerts.command: given is "tell"; allowed is the absolute'],
    ['{ publish: { alertCommand: [/t] } }', 'did you mean alerts.command?'],
    ['{ intake: { alerts: { command: [/t] } } }', 'did you mean alerts.command?'],
    ['{ intake: { alerts: { webhookFile: /t } } }', 'did you mean alerts.webhookFile?'],
    ['{ intake: { alerts: { mailTo: a@b.test } } }', 'did you mean alerts.mailTo?'],
  ])('refuse %s', (yaml, message) => {
    expect(() => load(yaml)).toThrow(message);
  });

  it('refuse a former name in the environment with the present one', () => {
    expect(() => load('{}', { SEKISHO_INTAKE_ALERTS_MAIL_TO: 'a@b.test' })).toThrow(
      'SEKISHO_INTAKE_ALERTS_MAIL_TO: there is no such setting; did you mean SEKISHO_ALERTS_MAIL_TO?',
    );
  });
});
