import { type FileHandle, open } from 'node:fs/promises';
import { mailboxError, type MailboxItem } from './mailbox-item.ts';

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

/** Where a message lies in an mbox file. */
interface MboxMessage {
  /** Its offset as text. */
  readonly id: string;
  /** Of the first byte of its `From ` line. */
  readonly offset: number;
  /** Of the byte after it. */
  readonly end: number;
}

/**
 * How a line of a message that begins with `From ` is written: with a `>` before it, and lines that have some already
 * with one more (`mboxrd`) or as they are (`mboxo`); or not marked at all (`none`).
 */
export type MboxQuoting = 'mboxrd' | 'mboxo' | 'none';

/** Cuts the bytes of an mbox file into messages. */
interface MboxSplitter {
  push(chunk: Buffer): MailboxItem<MboxMessage>[];
  /** What is left is the last message. */
  end(): MailboxItem<MboxMessage>[];
}

interface MboxSplitterOptions {
  readonly largestBytes: number;
  readonly quoting: MboxQuoting;
  readonly fromOffset: number;
}

const NEWLINE = 0x0a;
/** As much of a line as is looked at; a longer one is no `From ` line. */
const LONGEST_HELD_BYTES = 1024;
/** Sender and a date with time and year: a sentence in a message does not have those. */
const FROM_LINE = /^From .*\d:\d\d.*\d{4}/;
const QUOTED: Readonly<Record<MboxQuoting, RegExp | undefined>> = {
  mboxrd: /^>+From /,
  mboxo: /^>From /,
  none: undefined,
};

/** A message begins at a `From ` line that is the first of the file or comes after an empty line. */
export function createMboxSplitter(options: MboxSplitterOptions): MboxSplitter {
  const { largestBytes, quoting } = options;
  const quoted = QUOTED[quoting];
  let position = options.fromOffset;
  let offset = position;
  let parts: Buffer[] = [];
  let sizeBytes = 0;
  let isInMessage = false;
  let isAfterEmpty = true;
  /** The beginning of a line whose end has not come yet. */
  let held: Buffer = Buffer.alloc(0);
  let isMidLine = false;
  /** An empty line, which belongs to the message only if no `From ` line follows. */
  let emptyLine: Buffer | undefined;

  const keep = (bytes: Buffer): void => {
    sizeBytes += bytes.length;
    if (sizeBytes > largestBytes) parts = [];
    else append(parts, bytes);
  };

  const finish = (end: number): MailboxItem<MboxMessage>[] => {
    if (!isInMessage) return [];
    const message: MboxMessage = { id: String(offset), offset, end };
    const item: MailboxItem<MboxMessage> =
      sizeBytes > largestBytes
        ? { kind: 'too-large', ...message }
        : { kind: 'message', bytes: Buffer.concat(parts), ...message };
    parts = [];
    sizeBytes = 0;
    return [item];
  };

  const beginMessage = (lineStart: number): MailboxItem<MboxMessage>[] => {
    const finished = finish(lineStart);
    offset = lineStart;
    isInMessage = true;
    emptyLine = undefined;
    return finished;
  };

  /** @param line whole, with its end, or as much of it as is held. */
  const takeLine = (line: Buffer, lineStart: number): MailboxItem<MboxMessage>[] => {
    const isFirst = !isInMessage && lineStart === options.fromOffset;
    if (isAfterEmpty && isFromLine(line, isFirst)) {
      isAfterEmpty = false;
      return beginMessage(lineStart);
    }
    if (!isInMessage) {
      isAfterEmpty = isEmptyLine(line);
      return [];
    }
    if (emptyLine !== undefined) keep(emptyLine);
    emptyLine = undefined;
    isAfterEmpty = isEmptyLine(line);
    if (isAfterEmpty) emptyLine = line;
    else keep(quoted !== undefined && isQuoted(line, quoted) ? line.subarray(1) : line);
    return [];
  };

  const takeRest = (rest: Buffer): void => {
    if (isInMessage) keep(rest);
  };

  return {
    push(chunk) {
      const items: MailboxItem<MboxMessage>[] = [];
      let start = 0;
      while (start < chunk.length) {
        const newline = chunk.indexOf(NEWLINE, start);
        const stop = newline === -1 ? chunk.length : newline + 1;
        const piece = chunk.subarray(start, stop);
        const isWhole = newline !== -1;
        if (isMidLine) takeRest(piece);
        else {
          const line = held.length === 0 ? piece : Buffer.concat([held, piece]);
          const lineStart = position + start - held.length;
          if (!isWhole && line.length < LONGEST_HELD_BYTES) {
            held = Buffer.from(line);
            break;
          }
          held = Buffer.alloc(0);
          items.push(...takeLine(line, lineStart));
        }
        isMidLine = !isWhole;
        start = stop;
      }
      position += chunk.length;
      return items;
    },
    end() {
      const items = held.length === 0 ? [] : takeLine(held, position - held.length);
      held = Buffer.alloc(0);
      return [...items, ...finish(position)];
    },
  };
}

/** Lines that follow each other in a chunk become one part. */
function append(parts: Buffer[], bytes: Buffer): void {
  const last = parts.at(-1);
  const isNext =
    last?.buffer === bytes.buffer && last.byteOffset + last.length === bytes.byteOffset;
  if (!isNext) parts.push(bytes);
  else
    parts[parts.length - 1] = Buffer.from(last.buffer, last.byteOffset, last.length + bytes.length);
}

function isEmptyLine(line: Buffer): boolean {
  return line[0] === NEWLINE || (line[0] === 0x0d && line[1] === NEWLINE);
}

function isFromLine(line: Buffer, isFirst: boolean): boolean {
  if (line[0] !== 0x46 || line.length >= LONGEST_HELD_BYTES) return false;
  const text = line.toString('latin1', 0, LONGEST_HELD_BYTES);
  return isFirst ? text.startsWith('From ') : FROM_LINE.test(text);
}

function isQuoted(line: Buffer, quoted: RegExp): boolean {
  return line[0] === 0x3e && quoted.test(line.toString('latin1', 0, LONGEST_HELD_BYTES));
}
