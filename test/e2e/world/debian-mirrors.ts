import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Mirrors of Debian that this machine gets its own packages from, by the sources of apt. */
export function findMirrors(folder = '/etc/apt'): string[] {
  const parts = join(folder, 'sources.list.d');
  const names = existsSync(parts) ? readdirSync(parts).map((name) => join(parts, name)) : [];
  const files = [join(folder, 'sources.list'), ...names].filter((file) => existsSync(file));
  const words = files
    .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
    .filter((line) => /^\s*(?:deb\s|URIs:)/.test(line))
    .flatMap((line) => line.split(/\s+/));
  // Beside it stand `debian-security` and other people's archives.
  return [...new Set(words.filter((word) => /^https?:\/\/.*\/debian\/?$/.test(word)))];
}
