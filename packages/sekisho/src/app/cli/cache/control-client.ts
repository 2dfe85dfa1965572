import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { IoError } from '../../../io/error.ts';
import type { Settings } from '../../config/index.ts';
import { controlSocketOf } from '../../state/index.ts';

/** What the daemon answered. */
export type ControlAnswer = Readonly<Record<string, unknown>>;

/** Refreshing everything takes as long as it takes; a daemon that dies ends the connection. */
const LONGEST_SILENCE_MS = 3_600_000;

function explain(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'EACCES' ? 'permission denied; only its user and root may' : message;
}

async function post(socketPath: string, path: string): Promise<ControlAnswer> {
  const asked = request({ socketPath, path, method: 'POST', timeout: LONGEST_SILENCE_MS });
  asked.on('timeout', () => asked.destroy(new Error('it is silent')));
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const body = await text(response);
  if (response.statusCode === 200) return JSON.parse(body) as ControlAnswer;
  throw new Error(`it answered with status ${String(response.statusCode)}, must be 200`);
}

/**
 * Asks the daemon of these settings to do something; undefined if no daemon listens there.
 *
 * @throws IoError `control-failed` when a daemon is there and cannot be talked to.
 */
export async function postControl(
  settings: Settings,
  path: string,
): Promise<ControlAnswer | undefined> {
  const socketPath = controlSocketOf(settings, 'sender');
  try {
    return await post(socketPath, path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return undefined;
    const message = `Cannot talk to the daemon at ${socketPath}: ${explain(cause)}`;
    throw new IoError('control-failed', message, { temporary: false, cause });
  }
}
