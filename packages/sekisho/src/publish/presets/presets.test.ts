import { formatStsPolicy, matchPolicy, parseDomain, parseMxPattern } from '@sekisho/spec';
import { describe, expect, it } from 'vitest';
import { detectPreset, findPreset } from './find-preset.ts';
import { findTraps } from './find-traps.ts';
import { PRESETS } from './presets.ts';

function matches(presetName: string, host: string): boolean {
  const patterns = (findPreset(presetName)?.mx ?? []).flatMap((text) => {
    const parsed = parseMxPattern(text);
    return parsed.ok ? [parsed.value] : [];
  });
  const domain = parseDomain(host);
  return domain.ok && matchPolicy({ mx: patterns }, domain.value) !== undefined;
}

describe('presets (RFC 8461 §3.2, §4.1)', () => {
  it.each(PRESETS)('$name can be published, and says where it comes from and when', (preset) => {
    const policy = { mode: 'enforce', maxAgeSeconds: 604_800, mx: preset.mx } as const;
    expect(formatStsPolicy(policy)).toContain(`mx: ${preset.mx[0] ?? ''}`);
    expect(preset.source).toMatch(/^https:\/\//);
    expect(preset.asOf).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  });

  it('are in order of name, each name once', () => {
    const names = PRESETS.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)].toSorted());
  });

  it.each([
    ['google', 'smtp.google.com'],
    ['google', 'aspmx.l.google.com'],
    ['google', 'alt4.aspmx.l.google.com'],
    ['microsoft', 'example-com.mail.protection.outlook.com'],
    ['microsoft-dnssec', 'example-com.h-v1.mx.microsoft'],
    ['icloud', 'mx02.mail.icloud.com'],
    ['fastmail', 'in1-smtp.messagingengine.com'],
    ['proton', 'mailsec.protonmail.ch'],
    ['cloudflare', 'isaac.mx.cloudflare.net'],
  ])('STS-4.1-2: %s matches %s', (preset, host) => {
    expect(matches(preset, host)).toBe(true);
    expect(detectPreset([host])?.name).toBe(preset);
  });

  it.each([
    ['google', 'evil.google.com'],
    ['google', 'a.b.aspmx.l.google.com'],
    ['microsoft', 'mail.protection.outlook.com'],
    ['microsoft', 'example-com.h-v1.mx.microsoft'],
    ['microsoft-dnssec', 'example-com.mx.microsoft'],
    ['proton', 'mail.protonmail.ch.example'],
    ['cloudflare', 'mx.cloudflare.net'],
  ])('STS-4.1-2: %s does not match %s', (preset, host) => {
    expect(matches(preset, host)).toBe(false);
  });

  it('are found only where they cover every MX host', () => {
    expect(detectPreset(['mail.protonmail.ch', 'mailsec.protonmail.ch'])?.name).toBe('proton');
    expect(detectPreset(['mail.protonmail.ch', 'mx.example.com'])).toBeUndefined();
    expect(detectPreset([])).toBeUndefined();
    expect(findPreset('PROTON')?.name).toBe('proton');
    expect(findPreset('nobody')).toBeUndefined();
  });
});

describe('findTraps (RFC 8461 §4.1)', () => {
  it.each(['*.mx.microsoft', 'mail.protection.outlook.com', '*.google.com'])('knows %s', (mx) => {
    expect(findTraps([mx])).toHaveLength(1);
  });

  it('says nothing of presets', () => {
    expect(PRESETS.flatMap(({ mx }) => findTraps(mx))).toEqual([]);
  });
});
