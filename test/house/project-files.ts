import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the workspace, with a final slash. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Folders that tools fill. */
const FOREIGN = new Set(['node_modules', 'dist', 'coverage', '.git', '.cache']);

/** A file of the project and what it holds. */
export interface ProjectFile {
  /** Relative to the workspace, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

function walk(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return FOREIGN.has(entry.name) ? [] : walk(path);
    return entry.isFile() ? [path] : [];
  });
}

/**
 * Reads the project's own files.
 * @param folder relative to the workspace; default all of it.
 */
export function readProject(matches: (path: string) => boolean, folder = ''): ProjectFile[] {
  const paths = walk(folder).filter(matches).toSorted();
  return paths.map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** TypeScript that is shipped: neither a test nor a declaration. */
export function isSource(path: string): boolean {
  return path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.endsWith('.d.ts');
}

/** Makes one failure message of many findings; empty means none. */
export function inLines(findings: readonly string[]): string {
  return findings.join('\n');
}
