import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { AlertRules } from '../../alert/index.ts';
import { INTAKE_ALERTS } from '../../intake/index.ts';
import { PUBLISH_ALERTS } from '../../publish/index.ts';
import type { AlertRole } from './format-alert.ts';

const page = readFileSync(new URL('../../../../../docs/alerts.md', import.meta.url), 'utf8');
const REPEATS: ReadonlyMap<number | 'never', string> = new Map<number | 'never', string>([
  [86_400_000, 'daily'],
  ['never', 'never'],
]);

/** Rows of the table of all alerts, without words for people. */
function listDocumented(): readonly string[] {
  const rows = page
    .split('\n')
    .filter((line) => /^\| `[a-z-]+` \| (publisher|intake) \|/u.test(line));
  return rows.map((row) => {
    const [, code, role, severity, , repeated] = row.split('|').map((cell) => cell.trim());
    return [code, role, severity, repeated].join(' | ');
  });
}

function listRules(role: AlertRole, rules: AlertRules): readonly string[] {
  return Object.entries(rules).map(([code, { severities, repeatMs }]) => {
    const severity = severities.map((each) => `\`${each}\``).join(', ');
    return [`\`${code}\``, role, severity, REPEATS.get(repeatMs)].join(' | ');
  });
}

it('docs/alerts.md has every alert with its role, its severities, and when it is repeated', () => {
  expect(listDocumented()).toEqual([
    ...listRules('publisher', PUBLISH_ALERTS),
    ...listRules('intake', INTAKE_ALERTS),
  ]);
});

it('no code is an alert of two roles', () => {
  const codes = [...Object.keys(PUBLISH_ALERTS), ...Object.keys(INTAKE_ALERTS)];
  expect(new Set(codes).size).toBe(codes.length);
});
