import { readFile, stat } from 'node:fs/promises';
import { fileError } from './file-error.ts';
import type { PemPair } from './key-files.ts';

/** Where an operator keeps a certificate of their own. */
export interface PairPaths {
  /** The leaf first, then what leads to its root, PEM. */
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Certificates that somebody else puts onto the disk and renews there. */
export interface OwnPairs {
  /** Changes whenever one of the files does. @throws {IoError} `files-unreadable`. */
  stampOf(paths: PairPaths): Promise<string>;
  /** @throws {IoError} `files-unreadable`. */
  read(paths: PairPaths): Promise<PemPair>;
}

const LONGEST_FILE_BYTES = 1_048_576;

/** The files themselves. */
export const ownPairs: OwnPairs = {
  async stampOf({ certificateFile, keyFile }) {
    return `${await stamp(certificateFile)} ${await stamp(keyFile)}`;
  },
  async read({ certificateFile, keyFile }) {
    const [chainPem, keyPem] = await Promise.all([readText(certificateFile), readText(keyFile)]);
    return { chainPem, keyPem };
  },
};

async function stamp(path: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    if (size > LONGEST_FILE_BYTES)
      throw Object.assign(new Error('Too long'), {
        code: `it is longer than ${LONGEST_FILE_BYTES} bytes`,
      });
    return `${mtimeMs}:${size}:${ino}`;
  } catch (error) {
    throw fileError('read', path, error);
  }
}

async function readText(path: string): Promise<string> {
  await stamp(path);
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw fileError('read', path, error);
  }
}
