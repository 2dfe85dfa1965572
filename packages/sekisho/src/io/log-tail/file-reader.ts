import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { IoError } from '../error.ts';
import { createLineSplitter } from './line-splitter.ts';
import type { FilePosition, PositionStore } from './tail-source.ts';

const CHUNK_BYTES = 64 << 10;
/** Names of rotated files that are looked at for the rest of the one that was being read. */
const MOST_ROTATED = 100;
/** A renamed file is left after so many calls without a new line: its writer may not have noticed yet. */
const IDLE_CALLS = 2;

export interface FileReaderOptions {
  /** Need not exist yet. */
  readonly path: string;
  readonly position: PositionStore<FilePosition>;
  /** Takes lines in order. The position is saved when it resolves; if it rejects, they are handed over again. */
  readonly take: (lines: readonly string[]) => Promise<void>;
  /** Where a file is begun of which no position is kept. Default `end`. */
  readonly firstFrom?: 'start' | 'end';
  /** Longer lines are dropped. Default 65,536. */
  readonly longestLineBytes?: number;
}

/** Reads what a file has gained since the last time. */
export interface FileReader {
  /**
   * Hands over every new line: of the open file, and after a rotation (by rename, or by truncation) of what replaced
   * it. Lines that were taken just before a kill may come again.
   *
   * A file that is truncated and has grown beyond the former position between two calls is taken for the same one.
   *
   * @throws {IoError} `log-unreadable`; and whatever `take` rejects with.
   */
  readNew(): Promise<void>;
  /** Lines that were too long. */
  readonly dropped: number;
  close(): Promise<void>;
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly file: string;
  offset: number;
}

export function createFileReader(options: FileReaderOptions): FileReader {
  const { path, position, take, firstFrom = 'end', longestLineBytes = 65_536 } = options;
  const splitter = createLineSplitter(longestLineBytes);
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let current: OpenFile | undefined;
  let isFirst = true;
  let idleCalls = 0;

  const shut = async (): Promise<void> => {
    const former = current;
    current = undefined;
    splitter.reset();
    await former?.handle.close();
  };

  const start = async (): Promise<boolean> => {
    const kept = isFirst ? await position.load() : undefined;
    const wanted = kept === undefined ? undefined : await findFile(path, kept.file);
    const found = await openFile(wanted ?? path);
    if (found === undefined) {
      // What appears later is new from its first line on.
      isFirst &&= kept !== undefined;
      return false;
    }
    const isKept = kept?.file === found.file && kept.offset <= found.sizeBytes;
    const isUnknown = isFirst && kept === undefined && firstFrom === 'end';
    const offset = isKept ? kept.offset : isUnknown ? found.sizeBytes : 0;
    current = { handle: found.handle, file: found.file, offset };
    idleCalls = 0;
    // Kept at once: whatever fails from here on, nothing is passed over.
    await position.save({ file: found.file, offset });
    isFirst = false;
    return true;
  };

  /** Reads one chunk; returns whether there was one. */
  const advance = async (file: OpenFile): Promise<boolean> => {
    const { bytesRead } = await guarded(path, () =>
      file.handle.read(chunk, 0, CHUNK_BYTES, file.offset),
    );
    if (bytesRead === 0) return false;
    const { lines, pendingBytes } = splitter.push(chunk.subarray(0, bytesRead));
    file.offset += bytesRead;
    if (lines.length > 0) await take(lines);
    await position.save({ file: file.file, offset: file.offset - pendingBytes });
    return true;
  };

  const rewindIfTruncated = async (file: OpenFile): Promise<void> => {
    const { size } = await guarded(path, () => file.handle.stat());
    if (size >= file.offset) return;
    file.offset = 0;
    splitter.reset();
  };

  const readToEnd = async (file: OpenFile): Promise<boolean> => {
    await rewindIfTruncated(file);
    let hasRead = false;
    while (await advance(file)) hasRead = true;
    return hasRead;
  };

  return {
    get dropped() {
      return splitter.dropped;
    },
    async readNew() {
      try {
        for (;;) {
          if (current === undefined && !(await start())) return;
          if (current === undefined) return;
          const hasRead = await readToEnd(current);
          const now = await fileAt(path);
          if (now === undefined || now === current.file) return;
          idleCalls = hasRead ? 0 : idleCalls + 1;
          if (idleCalls < IDLE_CALLS) return;
          await shut();
        }
      } catch (error) {
        // Nothing that was read but not taken may be lost: begin again at the saved position.
        await shut();
        isFirst = true;
        throw error;
      }
    },
    close: shut,
  };
}

async function openFile(
  path: string,
): Promise<{ handle: FileHandle; file: string; sizeBytes: number } | undefined> {
  const handle = await ifThere(path, () => open(path, 'r'));
  if (handle === undefined) return undefined;
  const { dev, ino, size } = await guarded(path, () => handle.stat({ bigint: true }));
  return { handle, file: `${dev}:${ino}`, sizeBytes: Number(size) };
}

/** Which file has the name now. */
async function fileAt(path: string): Promise<string | undefined> {
  const found = await ifThere(path, () => stat(path, { bigint: true }));
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}

/** The name that a file has now, if it is still beside `path` under a name that begins like it (`mail.log.1`). */
async function findFile(path: string, file: string): Promise<string | undefined> {
  const folder = dirname(path);
  const names = await ifThere(folder, () => readdir(folder));
  const like = (names ?? []).filter((name) => name.startsWith(basename(path))).toSorted();
  for (const name of like.slice(0, MOST_ROTATED)) {
    const candidate = join(folder, name);
    if ((await fileAt(candidate)) === file) return candidate;
  }
  return undefined;
}

/** What is not there may be about to come, or just gone: no failure. */
async function ifThere<T>(path: string, work: () => Promise<T>): Promise<T | undefined> {
  return await guarded(path, async () => {
    try {
      return await work();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  });
}

async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new IoError('log-unreadable', `Cannot read the log ${path}: ${code}`, {
      temporary: true,
      cause,
    });
  }
}
