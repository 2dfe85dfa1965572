import { open } from 'node:fs/promises';
import { IoError } from '../error.ts';
import { parseTsigKey, type TsigKeyReading, type TsigKeySettings } from './parse-tsig-key.ts';

export type TsigKeyFile = TsigKeyReading & {
  /** Sentences for the log: the file may be read by others. */
  readonly warnings: readonly string[];
};

const FILE_BYTES_MAX = 16_384;

/**
 * Reads a key from its file.
 *
 * @throws {IoError} `tsig-key-unreadable`.
 */
export async function readTsigKey(
  path: string,
  settings: TsigKeySettings = {},
): Promise<TsigKeyFile> {
  const { text, mode } = await readSecret(path);
  const others = mode & 0o077;
  const warnings =
    others === 0
      ? []
      : [`${path} can be read by others (mode ${(mode & 0o777).toString(8)}): make it 0600`];
  return { ...parseTsigKey(text, settings), warnings };
}

async function readSecret(path: string): Promise<{ text: string; mode: number }> {
  try {
    await using file = await open(path, 'r');
    const { mode } = await file.stat();
    const bytes = Buffer.alloc(FILE_BYTES_MAX);
    const { bytesRead } = await file.read(bytes, 0, FILE_BYTES_MAX, 0);
    return { text: bytes.toString('utf8', 0, bytesRead), mode };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new IoError('tsig-key-unreadable', `Cannot read TSIG key file ${path}: ${code}`, {
      temporary: false,
      cause: error,
    });
  }
}
