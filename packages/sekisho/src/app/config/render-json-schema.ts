import { z } from 'zod';
import { formatJson } from './json-text.ts';
import { settingsSchema } from './schema.ts';
import { settingMeta } from './setting-meta.ts';

/** What YAML editors understand: ours has no words outside the standard vocabulary. */
function tidy(schema: z.core.$ZodType, json: z.core.JSONSchema.BaseSchema): void {
  const meta = settingMeta.get(schema);
  for (const key of ['allowed', 'unit', 'defaultText', 'secret', 'example']) delete json[key];
  if (meta?.example !== undefined) json['examples'] = [meta.example];
  if (meta?.unit?.endsWith('seconds') === true)
    json.description = `${meta.description} In ${meta.unit}.`;
  // An empty group is null in YAML, and a list of one may be written without brackets.
  if (json.type === 'object' && meta !== undefined) {
    delete json.default;
    json['type'] = ['object', 'null'] as never;
  }
  if (json.type === 'array') json['type'] = ['array', 'string'] as never;
  // A group in a list may be written as its name alone.
  if (schema instanceof z.ZodPipe && json.type === 'object')
    json['type'] = ['object', 'string'] as never;
}

/** JSON Schema (2020-12) of the configuration file. */
export function renderJsonSchema(): string {
  const schema = z.toJSONSchema(settingsSchema, {
    io: 'input',
    metadata: settingMeta,
    override: ({ zodSchema, jsonSchema }) => tidy(zodSchema, jsonSchema),
  });
  return `${formatJson({ ...schema, title: 'Configuration of Sekisho' })}\n`;
}
