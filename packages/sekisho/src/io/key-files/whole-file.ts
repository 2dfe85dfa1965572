import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeDirectory } from '../directories/index.ts';
import { fileError, isMissing } from './file-error.ts';

/** More than any key or chain needs. */
const LONGEST_FILE_BYTES = 1_048_576;

/** The text of a file; undefined where it is not there. @throws {IoError} `files-unreadable`. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readBounded(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fileError('read', path, error);
  }
}

async function readBounded(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size > LONGEST_FILE_BYTES)
      throw Object.assign(new Error(), { code: `it is longer than ${LONGEST_FILE_BYTES} bytes` });
    return await readFile(file, 'utf8');
  } finally {
    await file.close();
  }
}

/**
 * Writes a file that is whole or not there, whatever is killed: a temporary name, to the disk, then the name. Mode 0600,
 * its directory 0700.
 *
 * @throws {IoError} `files-unwritable`.
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  try {
    makeDirectory(dirname(path), 0o700);
    await writeSynced(`${path}.part`, text);
    await renameSynced(`${path}.part`, path);
  } catch (error) {
    throw fileError('write', path, error);
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  // What an interrupted write left there may have other rights.
  await rm(path, { force: true });
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Gives a file its name; once this resolves, a power cut does not undo it. */
export async function renameSynced(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncDirectory(dirname(to));
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** @throws {IoError} `files-unwritable`. */
export async function removeIfThere(path: string): Promise<void> {
  try {
    await rm(path, { force: true, recursive: true });
  } catch (error) {
    throw fileError('write', path, error);
  }
}
