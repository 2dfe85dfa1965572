import type { z } from 'zod';
import { findClosest } from './closest.ts';
import type { ConfigProblem } from './config-error.ts';
import type { ConfigFile } from './config-file.ts';
import type { SettingInfo } from './setting-list.ts';
import { redactProxy } from './proxy.ts';
import { REPLACED_SETTINGS } from './replaced-settings.ts';

/** What the message needs beside the finding of the schema. */
export interface ProblemContext {
  readonly settings: readonly SettingInfo[];
  readonly file: ConfigFile | undefined;
  /** Settings whose value is not from the file, and the variable it is from. */
  readonly outside: readonly { readonly key: string; readonly from: string }[];
}

type Path = readonly PropertyKey[];
const SHOWN_CHARACTERS = 100;

function shorten(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

function show(value: unknown): string {
  return shorten(JSON.stringify(value) ?? String(value));
}

const toKey = (path: Path): string => path.map(String).join('.');

/** The keys of one group, in the order of the schema. */
function listKeysIn(path: Path, keys: readonly string[]): string {
  const depth = path.length;
  const inside = keys
    .map((key) => key.split('.'))
    .filter((parts) => path.every((part, index) => parts[index] === part));
  return [...new Set(inside.map((parts) => parts[depth]))].join(', ');
}

/** The list of groups that a place lies in. */
function findListAt(path: Path, settings: readonly SettingInfo[]): SettingInfo | undefined {
  return settings.find(
    (setting) =>
      setting.items.length > 0 && setting.path.every((part, index) => path[index] === part),
  );
}

function describeUnknownInItem(
  { path, keys }: z.core.$ZodIssueUnrecognizedKeys,
  names: readonly string[],
  file: ConfigFile | undefined,
): ConfigProblem[] {
  return keys.map((key) => {
    const closest = findClosest(key, names);
    const hint =
      closest === undefined ? `allowed here: ${names.join(', ')}` : `did you mean ${closest}?`;
    const where = withLine(toKey([...path, key]), [...path, key], file);
    return { where, message: `there is no such setting; ${hint}` };
  });
}

function describeUnknownKeys(
  issue: z.core.$ZodIssueUnrecognizedKeys,
  { settings, file }: ProblemContext,
): ConfigProblem[] {
  const list = findListAt(issue.path, settings);
  if (list !== undefined) {
    const names = list.items.map(({ path }) => path.at(-1) ?? '');
    return describeUnknownInItem(issue, names, file);
  }
  const keys = settings.map(({ key }) => key);
  const groups = keys
    .map((key) => key.split('.').slice(0, -1).join('.'))
    .filter((key) => key !== '');
  return issue.keys.map((key) => {
    const path = [...issue.path, key];
    const moved = keys.find((known) => known.endsWith(`.${key}`));
    const replaced = REPLACED_SETTINGS.get(toKey(path));
    const closest =
      replaced ?? findClosest(toKey(path), [...new Set([...keys, ...groups])]) ?? moved;
    const hint =
      closest === undefined
        ? `; allowed here: ${listKeysIn(issue.path, keys)}`
        : `; did you mean ${closest}?`;
    return { where: withLine(toKey(path), path, file), message: `there is no such setting${hint}` };
  });
}

/** The line of the value or, for an item of a list written without brackets, of the list. */
function withLine(where: string, path: Path, file: ConfigFile | undefined): string {
  if (path.length === 0) return where;
  const line = file?.lineOf(path);
  return line === undefined
    ? withLine(where, path.slice(0, -1), file)
    : `${where} (line ${String(line)})`;
}

function explain(issue: z.core.$ZodIssue): string {
  return issue.code === 'custom' || issue.code === 'invalid_format' ? `${issue.message}; ` : '';
}

/** A number where text is wanted reads differently from what was meant: 3.10 is 3.1, 0660 is 660. */
function explainNumber(issue: z.core.$ZodIssue, source: string | undefined): string {
  const isText = issue.code === 'invalid_type' && issue.expected === 'string';
  if (!isText || typeof issue.input !== 'number' || source === undefined) return '';
  return `without quotes it is the number ${String(issue.input)}; `;
}

function describeGiven(
  { input }: z.core.$ZodIssue,
  { meta }: SettingInfo,
  source: string | undefined,
): string {
  if (meta.secret === true && typeof input === 'string') return show(redactProxy(input));
  return typeof input === 'number' ? (source ?? show(input)) : show(input);
}

function describeSetting(
  issue: z.core.$ZodIssue,
  setting: SettingInfo,
  { file, outside }: ProblemContext,
): ConfigProblem {
  const variable = outside.find(({ key }) => key === setting.key);
  const source = variable === undefined ? file?.sourceOf(issue.path) : undefined;
  const given = describeGiven(issue, setting, source);
  const reason = `${explain(issue)}${explainNumber(issue, source)}`;
  return {
    where: variable?.from ?? withLine(toKey(issue.path), issue.path, file),
    message: `given is ${given}; ${reason}allowed is ${setting.allowed}`,
  };
}

/** The setting that a place belongs to; in a list of groups, that of the group. */
function findSetting(place: Path, settings: readonly SettingInfo[]): SettingInfo | undefined {
  const setting = settings.find(({ path }) => path.every((part, index) => place[index] === part));
  const name = setting === undefined ? undefined : place[setting.path.length + 1];
  return setting?.items.find(({ path }) => path.at(-1) === name) ?? setting;
}

/** One finding of the schema in the operator's words. */
export function describeIssue(issue: z.core.$ZodIssue, context: ProblemContext): ConfigProblem[] {
  if (issue.code === 'unrecognized_keys') return describeUnknownKeys(issue, context);
  const setting = findSetting(issue.path, context.settings);
  if (setting !== undefined) return [describeSetting(issue, setting, context)];
  const where = withLine(toKey(issue.path), issue.path, context.file);
  return [{ where, message: `given is ${show(issue.input)}; allowed is a group of settings` }];
}
