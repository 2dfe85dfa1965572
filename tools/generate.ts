/**
 * Writes the documents that follow from the configuration schema; `--check` only says which of them are old.
 * Run by `npm run generate`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderExample } from '../packages/sekisho/src/app/config/render-example.ts';
import { renderJsonSchema } from '../packages/sekisho/src/app/config/render-json-schema.ts';
import { renderMarkdown } from '../packages/sekisho/src/app/config/render-markdown.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Every generated file, by its path from the root of the project. */
export const generatedFiles: ReadonlyMap<string, () => string> = new Map([
  ['docs/configuration.md', renderMarkdown],
  ['docs/sekisho.example.yaml', renderExample],
  ['docs/sekisho.schema.json', renderJsonSchema],
]);

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** The generated files that are not what the schema says now. */
export function findOldFiles(): readonly string[] {
  const files = [...generatedFiles].filter(
    ([path, render]) => readOrEmpty(join(root, path)) !== render(),
  );
  return files.map(([path]) => path);
}

function writeFiles(): void {
  for (const path of findOldFiles()) {
    writeFileSync(join(root, path), generatedFiles.get(path)?.() ?? '');
    process.stdout.write(`${path}\n`);
  }
}

function check(): void {
  const old = findOldFiles();
  if (old.length === 0) return;
  process.stderr.write(`Out of date: ${old.join(', ')}; run "npm run generate".\n`);
  process.exitCode = 1;
}

if (import.meta.main) {
  if (process.argv.includes('--check')) check();
  else writeFiles();
}
