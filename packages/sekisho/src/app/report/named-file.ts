import { readFileSync } from 'node:fs';
import { ConfigError } from '../config/config-error.ts';

/** The text of a file that a setting names. @throws ConfigError when it cannot be read. */
export function readNamedFile(where: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const message = `given is ${JSON.stringify(path)}; the file cannot be read: ${(error as Error).message}`;
    throw new ConfigError([{ where, message }]);
  }
}

const SHORTEST_TOKEN = 16;

/** The tokens of a file, one a line; blank lines and lines that begin with `#` say nothing. @throws ConfigError */
export function readTokens(where: string, path: string): readonly string[] {
  const lines = readNamedFile(where, path).split('\n');
  const tokens = lines.map((line) => line.trim()).filter((line) => /^[^#]/u.test(line));
  const problem =
    tokens.length === 0
      ? 'the file holds no token'
      : tokens.some((token) => token.length < SHORTEST_TOKEN || !/^[\x21-\x7e]+$/u.test(token))
        ? `the file holds a token of fewer than ${String(SHORTEST_TOKEN)} characters, or with a space in it`
        : undefined;
  if (problem === undefined) return tokens;
  throw new ConfigError([{ where, message: `given is ${JSON.stringify(path)}; ${problem}` }]);
}
