import type { Clock } from '../clock/index.ts';
import type { MailHandOver, MailOut } from './mail-out.ts';
import { type SendmailEnd, startSendmail } from './sendmail-process.ts';

export interface SendmailMailOutOptions {
  readonly clock: Clock;
  /** The program: `/usr/sbin/sendmail` of nearly every mail server. */
  readonly program: string;
  /** For all of it; default 300,000. The whole process group is killed then. */
  readonly timeoutMs?: number;
}

/** Of sysexits.h: what is said of the message or its recipient, not of the mail system. */
const REFUSALS = new Map([
  [65, 'EX_DATAERR'],
  [67, 'EX_NOUSER'],
  [68, 'EX_NOHOST'],
]);

/**
 * Makes the way out by the `sendmail` command, which queues: `sendmail -i -f FROM -- TO`. Exit code 0 is "taken", 65, 67
 * and 68 are "refused", any other (75 is the usual one) is "later".
 */
export function createSendmailMailOut(options: SendmailMailOutOptions): MailOut {
  const { clock, program, timeoutMs = 300_000 } = options;
  return {
    async handOver({ from, to, message }, { beforeCommit, signal }) {
      const args = ['-i', '-f', from === '' ? '<>' : from, '--', to];
      const sendmail = startSendmail(program, args);
      let isGivenUp = false;
      const giveUp = (why: string): void => {
        isGivenUp = true;
        sendmail.kill(why);
      };
      const stop = clock.after(timeoutMs, () => giveUp(`not done after ${timeoutMs} ms`));
      const cancel = (): void => giveUp('cancelled');
      signal?.addEventListener('abort', cancel);
      if (signal?.aborted === true) cancel();
      let isEnded = false;
      const feed = async (): Promise<void> => {
        await sendmail.write(toLocalLines(message));
        if (isGivenUp) return;
        await beforeCommit();
        if (isGivenUp) return;
        isEnded = true;
        sendmail.finish();
      };
      // A message whose end never comes must not leave the program waiting for it.
      feed().catch(() => giveUp('the message did not go out whole'));
      const outcome = judge(await sendmail.ended, isEnded);
      stop();
      signal?.removeEventListener('abort', cancel);
      return outcome;
    },
  };
}

/** The command reads text of this system, and makes CRLF of its line ends again. */
function toLocalLines(message: Buffer): Buffer {
  return Buffer.from(message.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
}

function judge(end: SendmailEnd, isEnded: boolean): MailHandOver {
  switch (end.kind) {
    case 'not-started':
      return { kind: 'later', problem: `sendmail cannot be started: ${end.reason}` };
    case 'killed':
      return {
        kind: isEnded ? 'unknown' : 'later',
        problem: `sendmail was ended by ${end.signal}${end.why === '' ? '' : `: ${end.why}`}`,
      };
    case 'exited':
      return judgeExit(end, isEnded);
  }
}

function judgeExit(end: SendmailEnd & { readonly kind: 'exited' }, isEnded: boolean): MailHandOver {
  const { code, said } = end;
  const problem = `sendmail ended with exit code ${code}${said === '' ? '' : ` and said "${said}"`}`;
  if (code !== 0) {
    const name = REFUSALS.get(code);
    return name === undefined
      ? { kind: 'later', problem }
      : { kind: 'refused', problem: `${problem} (${name})` };
  }
  return isEnded
    ? { kind: 'taken', detail: 'sendmail took the message' }
    : { kind: 'later', problem: 'sendmail ended before it had read the message' };
}
