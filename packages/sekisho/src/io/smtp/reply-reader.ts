/** One reply of an SMTP server (RFC 5321 §4.2): what follows the code on each of its lines, an octet a character. */
export interface Reply {
  readonly code: number;
  readonly lines: readonly string[];
}

/** Reads replies from bytes as they come in. Once something was wrong, nothing more is read. */
export interface ReplyReader {
  push(chunk: Buffer): void;
  /** The next complete reply. */
  take(): Reply | undefined;
  /** What makes the bytes no reply; undefined while all is well. */
  readonly fault: string | undefined;
  /** Whether anything was received beyond the replies that were taken. */
  readonly hasMore: boolean;
}

/** Four times what RFC 5321 §4.5.3.1.5 allows. */
const LONGEST_LINE = 2048;
const MOST_LINES = 100;
/** Replies that nobody asked for. */
const MOST_REPLIES = 4;
/** A line may end with LF alone: MTAs take it so. */
const LINE = /^([2-5][0-5]\d)(?:([ -])(.*))?$/s;

/** Makes a reader that is bounded in the length of lines, the lines of a reply and the replies that wait. */
export function createReplyReader(): ReplyReader {
  const replies: Reply[] = [];
  let rest = '';
  let code = '';
  let lines: string[] = [];
  let fault: string | undefined;

  const readLine = (line: string): string | undefined => {
    const [, digits, separator, text = ''] = LINE.exec(line) ?? [];
    if (digits === undefined) return 'a line does not begin with a reply code';
    if (lines.length > 0 && digits !== code) return 'the lines of a reply differ in their code';
    if (lines.length === MOST_LINES) return `a reply has more than ${MOST_LINES} lines`;
    code = digits;
    lines.push(text);
    if (separator === '-') return undefined;
    if (replies.length === MOST_REPLIES) return 'more replies came than were asked for';
    replies.push({ code: Number(code), lines });
    lines = [];
    return undefined;
  };

  return {
    push(chunk) {
      rest += chunk.toString('latin1');
      for (
        let end = rest.indexOf('\n');
        end >= 0 && fault === undefined;
        end = rest.indexOf('\n')
      ) {
        const line = rest.slice(0, end).replace(/\r$/, '');
        rest = rest.slice(end + 1);
        fault = line.length > LONGEST_LINE ? tooLong() : readLine(line);
      }
      if (rest.length > LONGEST_LINE) fault ??= tooLong();
      if (fault !== undefined) rest = '';
    },
    take: () => replies.shift(),
    get fault() {
      return fault;
    },
    get hasMore() {
      return fault !== undefined || rest !== '' || lines.length > 0 || replies.length > 0;
    },
  };
}

function tooLong(): string {
  return `a line is longer than ${LONGEST_LINE} octets`;
}
