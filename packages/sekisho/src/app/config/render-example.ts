import { settingsSchema } from './schema.ts';
import { type GroupInfo, listSchema, type SettingInfo } from './setting-list.ts';
import { formatYamlValue } from './yaml-value.ts';

const WIDTH = 100;
const HEADER = [
  'Configuration of Sekisho. Every setting is shown with its default; remove the "#" in front of a',
  'setting to change it. The environment variable named with a setting wins over this file.',
  '`sekisho config check` tells whether the file is right, `sekisho config print` what is in effect.',
];

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function comment(text: string, indent: string): string[] {
  return wrap(text, WIDTH - indent.length - 2).map((line) => `${indent}# ${line}`);
}

function indentOf(path: readonly string[]): string {
  return '  '.repeat(path.length - 1);
}

function renderGroup({ path, description }: GroupInfo): string[] {
  const indent = indentOf(path);
  return ['', ...comment(description, indent), `${indent}${path.at(-1) ?? ''}:`];
}

/** What a group of a list may hold. */
function renderItem({ path, allowed, meta }: SettingInfo, indent: string): string[] {
  return comment(`- ${path.at(-1) ?? ''}: ${meta.description} Allowed: ${allowed}.`, indent);
}

function renderSetting({
  path,
  allowed,
  variable,
  meta,
  defaultValue,
  items,
}: SettingInfo): string[] {
  const indent = indentOf(path);
  const name = path.at(-1) ?? '';
  const value = defaultValue === undefined ? '' : ` ${formatYamlValue(defaultValue)}`;
  return [
    '',
    ...comment(meta.description, indent),
    ...comment(`Allowed: ${allowed}.`, indent),
    ...items.flatMap((item) => renderItem(item, indent)),
    ...(meta.defaultText === undefined ? [] : comment(`Default: ${meta.defaultText}.`, indent)),
    ...(meta.example === undefined
      ? []
      : comment(`Example: ${name}: ${formatYamlValue(meta.example)}`, indent)),
    `${indent}# ${variable}`,
    `${indent}#${name}:${value}`,
  ];
}

/** The commented example: a valid file that changes nothing until a `#` is removed. */
export function renderExample(): string {
  const items = listSchema(settingsSchema).flatMap((item) =>
    'kind' in item ? renderSetting(item) : renderGroup(item),
  );
  return `${[...HEADER.map((line) => `# ${line}`), ...items].join('\n')}\n`;
}
