import { spawn } from 'node:child_process';
import { quote } from '@sekisho/spec';
import type { Clock } from '../clock/index.ts';
import { IoError } from '../error.ts';

/** A program that prints an OAuth2 access token. */
export interface TokenCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Default 30,000. */
  readonly timeoutMs?: number;
}

const LONGEST_TOKEN = 16_384;
const TOKEN = /^[\x21-\x7e]+$/;

/**
 * Runs a program without a shell, and takes the first line that it prints for the token. It is shown nowhere.
 *
 * @throws {IoError} `imap-token`.
 */
export async function readTokenFromCommand(command: TokenCommand, clock: Clock): Promise<string> {
  const output = await run(command, clock);
  const token = output.split('\n', 1)[0]?.trim() ?? '';
  if (!TOKEN.test(token)) throw tokenError(command, 'must print a token, printed something else');
  return token;
}

function run(command: TokenCommand, clock: Clock): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command.program, [...command.args], {
      cwd: '/',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const give = (why: string): void => {
      cancel();
      child.kill('SIGKILL');
      child.stdout.destroy();
      reject(tokenError(command, why));
    };
    const { timeoutMs = 30_000 } = command;
    const cancel = clock.after(timeoutMs, () => give(`took longer than ${timeoutMs} ms`));
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.length > LONGEST_TOKEN) give(`printed more than ${LONGEST_TOKEN} characters`);
    });
    child.on('error', (error: NodeJS.ErrnoException) => give(`did not start: ${error.code}`));
    child.on('close', (code, signal) => {
      if (code !== 0) return give(`ended with ${code ?? signal}`);
      cancel();
      resolve(output);
    });
  });
}

function tokenError({ program }: TokenCommand, why: string): IoError {
  return new IoError('imap-token', `Cannot get an access token: ${quote(program)} ${why}`, {
    temporary: true,
  });
}
