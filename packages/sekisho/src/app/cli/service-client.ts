import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { IoError } from '../../io/error.ts';
import type { Settings } from '../config/index.ts';
import { controlSocketOf } from '../state/index.ts';

/** A certificate order may take minutes; a service that dies ends the connection. */
const LONGEST_SILENCE_MS = 600_000;

/** What the service answered, not yet believed to be of any form. */
export interface ServiceAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Speaks with the service of one state directory. */
export interface ServiceClient {
  readonly socketPath: string;
  /** Undefined if no service listens there. Throws IoError `control-failed` when one is there and cannot be talked to, `service-failed` when it cannot work. */
  ask(method: 'GET' | 'POST', path: string, body?: object): Promise<ServiceAnswer | undefined>;
}

function explain(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'EACCES' ? 'permission denied; only its user and root may' : message;
}

async function send(
  socketPath: string,
  method: string,
  path: string,
  body: object | undefined,
): Promise<ServiceAnswer> {
  const asked = request({ socketPath, path, method, timeout: LONGEST_SILENCE_MS });
  asked.on('timeout', () => asked.destroy(new Error('it is silent')));
  asked.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const answer = await text(response);
  return { status: response.statusCode ?? 0, body: JSON.parse(answer) };
}

/** The service is there, and its world failed: a full disk, a broken store. */
function refusal({ status, body }: ServiceAnswer): IoError {
  const { message = `status ${String(status)}` } = body as { readonly message?: string };
  const reason = message.replace(/^IoError: /u, '');
  return new IoError('service-failed', `The service cannot do it: ${reason}`, { temporary: false });
}

/** Makes the client; nothing is connected before it is asked. */
export function createPublishClient(settings: Settings): ServiceClient {
  return createServiceClient(controlSocketOf(settings, 'publisher'));
}

/** The same for any service of ours that takes orders on a socket. */
export function createServiceClient(socketPath: string): ServiceClient {
  return {
    socketPath,
    async ask(method, path, body) {
      try {
        const answer = await send(socketPath, method, path, body);
        if (answer.status < 500) return answer;
        throw refusal(answer);
      } catch (cause) {
        if (cause instanceof IoError) throw cause;
        const { code } = cause as NodeJS.ErrnoException;
        if (code === 'ENOENT' || code === 'ECONNREFUSED') return undefined;
        const message = `Cannot talk to the service at ${socketPath}: ${explain(cause)}`;
        throw new IoError('control-failed', message, { temporary: false, cause });
      }
    },
  };
}
