import type { EffectiveSetting, LoadedSettings } from './load-settings.ts';
import { redactProxy } from './proxy.ts';
import { formatYamlValue } from './yaml-value.ts';

function renderValue({ setting, value }: EffectiveSetting): string {
  const shown =
    setting.meta.secret === true && typeof value === 'string' ? redactProxy(value) : value;
  return shown === undefined ? '' : ` ${formatYamlValue(shown)}`;
}

function renderSetting(
  effective: EffectiveSetting,
  before: EffectiveSetting | undefined,
): string[] {
  const { path } = effective.setting;
  const groups = path.slice(0, -1);
  const former = before?.setting.path.slice(0, -1) ?? [];
  const shared = groups.findIndex((group, depth) => group !== former[depth]);
  const opened = shared === -1 ? [] : groups.slice(shared);
  const headings = opened.map((group, index) => `${'  '.repeat(shared + index)}${group}:`);
  const indent = '  '.repeat(groups.length);
  const line = `${indent}${path.at(-1) ?? ''}:${renderValue(effective)}`;
  return [...headings, `${line} # ${effective.origin}`];
}

/** The settings in effect as YAML, each with its origin as a comment; passwords are left out. */
export function renderEffective({ effective }: LoadedSettings): string {
  const lines = effective.flatMap((item, index) => renderSetting(item, effective[index - 1]));
  return `${lines.join('\n')}\n`;
}
