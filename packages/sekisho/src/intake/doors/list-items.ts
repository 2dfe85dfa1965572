import type { Dirent } from 'node:fs';
import { open, opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { mailboxError, type MboxQuoting, readMbox, readWholeFile } from '../../io/mailbox/index.ts';
import type { ImportItem, ImportSource } from './import-items.ts';
import { openMaildir } from './open-maildir.ts';

export interface ListOptions {
  readonly largestBytes: number;
  /** File that remembers what of a Maildir was imported; without it, everything is looked at each time. */
  readonly maildirState?: string;
  /** Whether imported messages of a Maildir are moved to `cur` and marked as seen. Default false: nothing is changed. */
  readonly isMoving?: boolean;
  readonly quoting?: MboxQuoting;
}

/**
 * Everything under a path: a report (plain, gzip or zip), a message, an mbox, a Maildir, or a directory of such files;
 * what it is is decided by looking. Directories in a directory are passed over.
 *
 * @throws {IoError} `mailbox-unreadable` when the path itself cannot be read.
 */
export async function openItems(path: string, options: ListOptions): Promise<ImportSource> {
  if (!(await isDirectory(path))) return withoutEnd(listFile(path, options));
  if (await isMaildir(path)) return openMaildir(path, options);
  return withoutEnd(listDirectory(path, options));
}

function withoutEnd(items: AsyncGenerator<ImportItem>): ImportSource {
  return { items, finish: () => Promise.resolve() };
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw mailboxError('read', path, error);
  }
}

async function isMaildir(path: string): Promise<boolean> {
  const parts = await Promise.all(['new', 'cur'].map((name) => isThere(join(path, name))));
  return parts.every(Boolean);
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw mailboxError('read', path, error);
  }
}

async function* listDirectory(path: string, options: ListOptions): AsyncGenerator<ImportItem> {
  let directory: AsyncIterable<Dirent>;
  try {
    directory = await opendir(path);
  } catch (error) {
    throw mailboxError('read', path, error);
  }
  for await (const entry of directory) {
    if (!entry.isDirectory() && !entry.name.startsWith('.'))
      yield* listFile(join(path, entry.name), options);
  }
}

async function* listFile(path: string, options: ListOptions): AsyncGenerator<ImportItem> {
  const head = await readHead(path);
  if (typeof head === 'string') {
    yield { kind: 'unreadable', channel: 'file', where: path, problem: head };
    return;
  }
  const kind = recogniseFile(head.subarray(0, RECOGNISED_BYTES));
  const isWhole = head.length < HEAD_BYTES && head.length <= options.largestBytes;
  if (isWhole && (kind === 'message' || kind === 'body'))
    yield { kind, bytes: head, channel: 'file', where: path };
  else if (kind === 'mbox') yield* listMbox(path, options);
  else if (kind === 'unknown')
    yield {
      kind: 'unreadable',
      channel: 'file',
      where: path,
      problem: 'it is no report and no mail',
    };
  else yield* listWhole(path, kind, options.largestBytes);
}

async function* listWhole(
  path: string,
  kind: 'message' | 'body',
  largestBytes: number,
): AsyncGenerator<ImportItem> {
  const found = await readWholeFile(path, largestBytes, 'follow');
  const place = { channel: 'file', where: path } as const;
  if (found.kind === 'read') yield { kind, bytes: found.bytes, ...place };
  else if (found.kind !== 'gone') yield { ...found, ...place };
}

async function* listMbox(path: string, options: ListOptions): AsyncGenerator<ImportItem> {
  for await (const item of readMbox(path, options))
    yield { ...item, channel: 'mbox', where: `${path}:${item.id}` };
}

/** Most reports are shorter, and need not be opened again. */
const HEAD_BYTES = 16_384;

/** The first bytes of a file, all of them if they are fewer than that; or the system's error code. */
async function readHead(path: string): Promise<Uint8Array | string> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafeSlow(HEAD_BYTES), {
        position: 0,
      });
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
  }
}

/** What the first bytes of a file say that it is. */
type FileKind = 'mbox' | 'message' | 'body' | 'unknown';

/** Bytes that are needed to tell. */
const RECOGNISED_BYTES = 1024;

const GZIP = /^\x1f\x8b/;
const ZIP = /^PK\x03\x04/;
const JSON_TEXT = /^(?:\xef\xbb\xbf)?\s*[[{]/;
/** A header field (RFC 5322 §2.2); the name is what all mail programs write, printable and without a space. */
const HEADER_FIELD = /^[!-9;-~]+[ \t]*:/;

/** Looks at content alone: names of files lie as media types do. Zip is what some reporters pack with. */
export function recogniseFile(head: Uint8Array): FileKind {
  const text = Buffer.from(head.subarray(0, RECOGNISED_BYTES)).toString('latin1');
  if (GZIP.test(text) || ZIP.test(text) || JSON_TEXT.test(text)) return 'body';
  if (text.startsWith('From ')) return 'mbox';
  return HEADER_FIELD.test(text) ? 'message' : 'unknown';
}
