import { CONFIG_VARIABLE } from './environment.ts';
import { DEFAULT_CONFIG_FILE } from './load-settings.ts';
import { settingsSchema } from './schema.ts';
import { type GroupInfo, listSchema, type SettingInfo } from './setting-list.ts';
import { formatYamlValue } from './yaml-value.ts';

const INTRODUCTION = `<!-- Generated from the schema by tools/generate.ts; change packages/sekisho/src/app/config/groups. -->
# Configuration

Sekisho needs no configuration to run. What you want to change goes into one YAML file: the one named by
\`--config\`, else by \`${CONFIG_VARIABLE}\`, else \`${DEFAULT_CONFIG_FILE}\` if it exists.

- Every setting can also be given as an environment variable, which wins over the file. Lists are separated
  by commas; an empty list variable empties the list, any other empty variable counts as unset.
- A key or a \`SEKISHO_…\` variable that does not exist is an error, so that a typing mistake cannot pass unseen.
- A wrong configuration ends the program with exit code 78 and names every problem at once: key path, line,
  what was given, what is allowed.

| command | shows |
| --- | --- |
| \`sekisho config check\` | whether the configuration is right, and what to think about |
| \`sekisho config print\` | every setting in effect, and where it comes from |
| \`sekisho config example\` | a commented file to start from ([sekisho.example.yaml](sekisho.example.yaml)) |
| \`sekisho config schema\` | the JSON Schema for editors ([sekisho.schema.json](sekisho.schema.json)) |

An editor with a YAML language server checks the file while you type, if its first line is
\`# yaml-language-server: $schema=sekisho.schema.json\`.
`;

function describeDefault({ meta, defaultValue }: SettingInfo): string {
  if (meta.defaultText !== undefined) return meta.defaultText;
  return defaultValue === undefined ? 'not set' : `\`${formatYamlValue(defaultValue)}\``;
}

function renderOverviewRow(setting: SettingInfo): string {
  const anchor = setting.key.toLowerCase().replaceAll('.', '');
  const allowed = setting.allowed.replaceAll('|', '\\|');
  return `| [\`${setting.key}\`](#${anchor}) | ${describeDefault(setting)} | ${allowed} |`;
}

function renderGroup({ path, description }: GroupInfo): string[] {
  return ['', `## ${path.join('.')}`, '', description];
}

function renderSetting(setting: SettingInfo): string[] {
  const { key, allowed, variable, meta } = setting;
  const example =
    meta.example === undefined
      ? []
      : [`- Example: \`${setting.path.at(-1) ?? ''}: ${formatYamlValue(meta.example)}\``];
  const items = setting.items.map(
    (item) =>
      `  - \`${item.path.at(-1) ?? ''}\`: ${item.meta.description} Allowed: ${item.allowed}.`,
  );
  return [
    '',
    `### ${key}`,
    '',
    meta.description,
    '',
    `- Allowed: ${allowed}`,
    `- Default: ${describeDefault(setting)}`,
    ...example,
    ...(items.length === 0 ? [] : ['- Each group has:', ...items]),
    `- Environment: \`${variable}\``,
  ];
}

/** `docs/configuration.md`: an overview, then every setting. */
export function renderMarkdown(): string {
  const items = listSchema(settingsSchema);
  const settings = items.filter((item) => 'kind' in item);
  const overview = ['## Overview', '', '| setting | default | allowed |', '| --- | --- | --- |'];
  const details = items.flatMap((item) =>
    'kind' in item ? renderSetting(item) : renderGroup(item),
  );
  return `${[INTRODUCTION, ...overview, ...settings.map(renderOverviewRow), ...details].join('\n')}\n`;
}
