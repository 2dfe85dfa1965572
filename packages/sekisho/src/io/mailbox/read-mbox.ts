import { type FileHandle, open } from 'node:fs/promises';
import { mailboxError } from './mailbox-error.ts';
import type { MailboxItem } from './mailbox-item.ts';
import { createMboxSplitter, type MboxMessage, type MboxQuoting } from './split-mbox.ts';

export type { MboxQuoting } from './split-mbox.ts';

export interface MboxOptions {
  /** Larger messages are passed over. */
  readonly largestBytes: number;
  /** How lines that begin with `From ` were written. Default `mboxrd`. */
  readonly quoting?: MboxQuoting;
  /** Where to begin: the `offset` of a message, or `end` of the one before. Default 0. */
  readonly fromOffset?: number;
}

const CHUNK_BYTES = 65_536;

/**
 * Reads an mbox file a chunk at a time, and holds no more of it than one message. A file that grows meanwhile is read to
 * its new end; one that shrinks ends early.
 *
 * @throws {IoError} `mailbox-unreadable`.
 */
export async function* readMbox(
  path: string,
  { largestBytes, quoting = 'mboxrd', fromOffset = 0 }: MboxOptions,
): AsyncGenerator<MailboxItem<MboxMessage>> {
  const splitter = createMboxSplitter({ largestBytes, quoting, fromOffset });
  for await (const chunk of readChunks(path, fromOffset)) yield* splitter.push(chunk);
  yield* splitter.end();
}

async function* readChunks(path: string, fromOffset: number): AsyncGenerator<Buffer> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    for (let position = fromOffset; ; ) {
      // A new buffer each time: messages are made of parts of it.
      const { bytesRead, buffer } = await file.read(
        Buffer.allocUnsafe(CHUNK_BYTES),
        0,
        CHUNK_BYTES,
        position,
      );
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw mailboxError('read', path, error);
  } finally {
    await file?.close();
  }
}
