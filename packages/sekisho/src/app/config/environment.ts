import { findClosest } from './closest.ts';
import type { ConfigProblem } from './config-error.ts';
import { REPLACED_SETTINGS } from './replaced-settings.ts';
import { type SettingInfo, toVariable } from './setting-list.ts';

/** The environment of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting that the environment gives, as the file would have given it. */
export interface EnvironmentValue {
  readonly setting: SettingInfo;
  readonly text: string;
  readonly value: unknown;
}

export interface EnvironmentReading {
  readonly values: readonly EnvironmentValue[];
  readonly problems: readonly ConfigProblem[];
}

/** Names the file rather than a setting. */
export const CONFIG_VARIABLE = 'SEKISHO_CONFIG';
const NOT_OURS = /^SEKISHO_(?:E2E|TEST)/u;

/** Text that is no number or flag is left as it is, for the schema to refuse. */
function toValue(kind: SettingInfo['kind'], text: string): unknown {
  if (kind === 'list')
    return text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  if (kind === 'number' && /^-?\d{1,15}$/u.test(text)) return Number(text);
  if (kind === 'flag' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

function findReplacement(name: string): string | undefined {
  const found = [...REPLACED_SETTINGS].find(([old]) => toVariable(old.split('.')) === name);
  return found === undefined ? undefined : toVariable(found[1].split('.'));
}

function describeUnknown(name: string, settings: readonly SettingInfo[]): ConfigProblem {
  const names = [CONFIG_VARIABLE, ...settings.map(({ variable }) => variable)];
  const closest = findReplacement(name) ?? findClosest(name, names);
  const hint = closest === undefined ? '' : `; did you mean ${closest}?`;
  return { where: name, message: `there is no such setting${hint}` };
}

/** Finds every `SEKISHO_…` variable. An empty one counts as unset, except for lists, which it empties. */
export function readEnvironment(
  environment: Environment,
  settings: readonly SettingInfo[],
): EnvironmentReading {
  const byVariable = new Map(settings.map((setting) => [setting.variable, setting]));
  const values: EnvironmentValue[] = [];
  const problems: ConfigProblem[] = [];
  for (const [name, text = ''] of Object.entries(environment)) {
    if (!name.startsWith('SEKISHO_') || name === CONFIG_VARIABLE || NOT_OURS.test(name)) continue;
    const setting = byVariable.get(name);
    if (setting === undefined) problems.push(describeUnknown(name, settings));
    else if (text !== '' || setting.kind === 'list') {
      values.push({ setting, text, value: toValue(setting.kind, text) });
    }
  }
  return { values, problems };
}
