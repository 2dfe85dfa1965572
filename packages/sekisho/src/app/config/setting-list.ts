import { z } from 'zod';
import { settingMeta, type SettingMeta } from './setting-meta.ts';

/** How a value is written in an environment variable, and which YAML type it has. */
export type SettingKind = 'text' | 'number' | 'flag' | 'list';

/** One setting as the generated texts and the reading of the environment need it. */
export interface SettingInfo {
  /** Such as `['dns', 'timeoutMs']`. */
  readonly path: readonly string[];
  /** The path with dots, such as `dns.timeoutMs`. */
  readonly key: string;
  /** Such as `SEKISHO_DNS_TIMEOUT_MS`. */
  readonly variable: string;
  readonly kind: SettingKind;
  /** What may be written, as it ends the sentence "allowed is …". */
  readonly allowed: string;
  /** The default as it would be written in the file; undefined where there is none. */
  readonly defaultValue: unknown;
  readonly meta: SettingMeta;
  /** What each item of the list may hold, where the items are groups themselves. */
  readonly items: readonly SettingInfo[];
}

/** A group of settings with what is said about it. */
export interface GroupInfo {
  readonly path: readonly string[];
  readonly description: string;
}

/** The environment variable of a setting. */
export function toVariable(path: readonly string[]): string {
  const words = path.map((part) => part.replace(/[A-Z]/gu, (letter) => `_${letter}`));
  return `SEKISHO_${words.join('_').toUpperCase()}`;
}

function unwrap(schema: z.core.$ZodType): { base: z.core.$ZodType; defaultValue: unknown } {
  if (schema instanceof z.ZodPrefault) {
    return { base: schema.def.innerType, defaultValue: schema.def.defaultValue };
  }
  const base = schema instanceof z.ZodOptional ? schema.def.innerType : schema;
  return { base, defaultValue: undefined };
}

function kindOf(base: z.core.$ZodType): SettingKind {
  if (base instanceof z.ZodNumber) return 'number';
  if (base instanceof z.ZodBoolean) return 'flag';
  return base instanceof z.ZodArray ? 'list' : 'text';
}

function joinWords(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}

function describeAllowed(base: z.core.$ZodType, { allowed, unit }: SettingMeta): string {
  if (allowed !== undefined) return allowed;
  if (base instanceof z.ZodEnum) return joinWords(base.options.map((word) => `"${word}"`));
  if (base instanceof z.ZodBoolean) return 'true or false';
  if (!(base instanceof z.ZodNumber)) return 'text';
  const limits = `from ${String(base.minValue)} to ${String(base.maxValue)}`;
  return `a whole number ${limits}${unit === undefined ? '' : ` (${unit})`}`;
}

/** The shape of the items of a list of groups; undefined for any other setting. */
function findItemShape(base: z.core.$ZodType): z.core.$ZodLooseShape | undefined {
  if (!(base instanceof z.ZodArray)) return undefined;
  const item = base.element instanceof z.ZodPipe ? base.element.def.out : base.element;
  return item instanceof z.ZodObject ? item.shape : undefined;
}

function describeSetting(path: readonly string[], schema: z.core.$ZodType): SettingInfo {
  const { base, defaultValue } = unwrap(schema);
  const meta = settingMeta.get(schema) ?? { description: '' };
  return {
    path,
    key: path.join('.'),
    variable: toVariable(path),
    kind: kindOf(base),
    allowed: describeAllowed(base, meta),
    defaultValue,
    meta,
    items: Object.entries(findItemShape(base) ?? {}).map(([key, inner]) =>
      describeSetting([...path, key], inner as z.core.$ZodType),
    ),
  };
}

/** Visits groups and settings in the order of the schema, each group before its settings. */
function walk(
  schema: z.core.$ZodType,
  path: readonly string[],
  visit: (item: SettingInfo | GroupInfo) => void,
): void {
  const { base } = unwrap(schema);
  if (!(base instanceof z.ZodObject)) return visit(describeSetting(path, schema));
  visit({ path, description: settingMeta.get(schema)?.description ?? '' });
  for (const [key, inner] of Object.entries(base.shape)) {
    walk(inner as z.core.$ZodType, [...path, key], visit);
  }
}

/** Every group and setting of a schema, each group before its settings; the root is no group. */
export function listSchema(schema: z.core.$ZodType): readonly (SettingInfo | GroupInfo)[] {
  const items: (SettingInfo | GroupInfo)[] = [];
  walk(schema, [], (item) => items.push(item));
  return items.filter(({ path }) => path.length > 0);
}

/** Every setting of a schema. */
export function listSettings(schema: z.core.$ZodType): readonly SettingInfo[] {
  return listSchema(schema).filter((item) => 'kind' in item);
}
