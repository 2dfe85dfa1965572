import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findOldFiles } from '../../../../../tools/generate.ts';
import { type LoadedSettings, loadSettings } from './index.ts';
import { renderEffective } from './render-effective.ts';
import { renderExample } from './render-example.ts';
import { renderJsonSchema } from './render-json-schema.ts';
import { renderMarkdown } from './render-markdown.ts';
import { settingsSchema } from './schema.ts';
import { listSettings } from './setting-list.ts';
import { findWarnings } from './warnings.ts';

const directory = mkdtempSync(join(tmpdir(), 'sekisho-generated-'));
const file = join(directory, 'sekisho.yaml');
const settings = listSettings(settingsSchema);

afterAll(() => rmSync(directory, { recursive: true }));

function load(text: string, environment: Record<string, string> = {}): LoadedSettings {
  writeFileSync(file, text);
  return loadSettings({ configFile: file, environment: { HOME: '/h', ...environment } });
}

describe('the schema', () => {
  it.each(settings)('explains $key', ({ meta, allowed, variable }) => {
    expect(meta.description).toMatch(/^[A-Z`].*\.$/u);
    expect(allowed).not.toBe('text');
    expect(variable).toMatch(/^SEKISHO_[A-Z_]+$/u);
  });

  // The file of authorities need not be there on this machine.
  const shown = settings.filter(
    ({ meta, key }) => meta.example !== undefined && !key.endsWith('File'),
  );

  it.each(shown)('has an example for $key that is allowed', ({ path, meta }) => {
    const nested = path.reduceRight<unknown>((value, key) => ({ [key]: value }), meta.example);
    expect(load(JSON.stringify(nested)).effective).toContainEqual(
      expect.objectContaining({ value: meta.example, origin: 'file' }),
    );
  });
});

describe('the generated documents', () => {
  it('are what the schema says: run "npm run generate"', () => {
    expect(findOldFiles()).toEqual([]);
  });

  it('name every setting', () => {
    const [markdown, json] = [renderMarkdown(), renderJsonSchema()];
    for (const { key, variable, path } of settings) {
      expect(markdown).toContain(`### ${key}\n`);
      expect(markdown).toContain(variable);
      expect(json).toContain(`"${path.at(-1) ?? ''}": {`);
    }
  });

  it('hold an example that changes nothing', () => {
    expect(load(renderExample()).settings).toEqual(load('').settings);
  });

  it('hold an example that is right when every # is removed', () => {
    const text = renderExample().replaceAll(/^( *)#(?=\w)/gmu, '$1');
    const { stateDirectory } = load(text).settings;
    expect(stateDirectory).toBe('/var/lib/sekisho');
    expect(load(text).settings).toEqual({ ...load('').settings, stateDirectory });
  });
});

describe('renderEffective', () => {
  it('shows values with their origin, without passwords, as a file that means the same', () => {
    const loaded = load('https: { proxy: "http://me:secret@proxy:3128" }\ndns: { tries: 3 }', {
      SEKISHO_LOG_LEVEL: 'warn',
      SEKISHO_DNS_SERVERS: '192.0.2.1,::1',
    });
    const text = renderEffective(loaded);
    expect(text).toContain('\n  tries: 3 # file\n');
    expect(text).toContain('\n  level: warn # SEKISHO_LOG_LEVEL\n');
    expect(text).toContain('\n  servers: ["192.0.2.1", "::1"] # SEKISHO_DNS_SERVERS\n');
    expect(text).toContain('\n    tempSeconds: 600 # default\n');
    expect(text).toContain('proxy: "http://***@proxy:3128" # file');
    expect(text).not.toContain('secret');
    const { https: again, ...rest } = load(text).settings;
    const { https, ...former } = loaded.settings;
    expect(rest).toEqual(former);
    expect({ ...again, proxy: https.proxy }).toEqual(https);
  });
});

describe('findWarnings', () => {
  it('has nothing to say about the defaults', () => {
    expect(findWarnings(load('').settings)).toEqual([]);
  });

  it.each([
    ['listen: { socketmap: ["0.0.0.0:8461"] }', 'listen.socketmap'],
    ['listen: { admin: "[::]:8462" }', 'listen.admin'],
    ['https: { allowedAddresses: any }', 'https.allowedAddresses'],
    ['https: { port: 8443 }', 'https.port'],
    ['https: { requireTextPlain: false }', 'https.requireTextPlain'],
    ['policies: { holdBackSeconds: 10 }', 'policies.holdBackSeconds'],
    ['policies: { uncertainty: { timeout: temp } }', 'policies.uncertainty'],
    ['postfix: { testing: report, defaultLevel: dane }', 'postfix.testing'],
  ])('%s', (text, key) => {
    expect(findWarnings(load(text).settings).map((warning) => warning.key)).toEqual([key]);
  });
});
