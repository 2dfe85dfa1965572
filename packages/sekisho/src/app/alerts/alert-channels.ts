import { execFile } from 'node:child_process';
import type { Clock } from '../../io/clock/index.ts';
import { ConfigError } from '../config/config-error.ts';
import type { Settings } from '../config/index.ts';
import { readNamedFile } from '../report/named-file.ts';
import { type AlertRole, formatAlert, type ToldAlert } from './format-alert.ts';

/** One way by which alerts reach somebody. */
export interface AlertChannel {
  readonly name: 'command' | 'webhook' | 'mail';
  /** Resolves to what went wrong; ends within half a minute, or the time-out of the mail server. */
  send(alert: ToldAlert): Promise<string | undefined>;
}

const TIMEOUT_MS = 30_000;

/** All that the settings name. @throws ConfigError for a file that cannot be used. */
export async function createAlertChannels(
  settings: Settings,
  role: AlertRole,
  clock: Clock,
): Promise<readonly AlertChannel[]> {
  const { command, webhookFile, mailTo } = settings.alerts;
  const [program, ...args] = command;
  const url = webhookFile === undefined ? undefined : readWebhook(webhookFile);
  const channels: (AlertChannel | undefined)[] = [
    program === undefined
      ? undefined
      : {
          name: 'command',
          send: (alert) => runAlertCommand(program, args, formatAlert(alert, role), TIMEOUT_MS),
        },
    url === undefined
      ? undefined
      : { name: 'webhook', send: (alert) => postAlert(url, formatAlert(alert, role), TIMEOUT_MS) },
    mailTo === undefined ? undefined : await createMailChannel(settings, mailTo, clock),
  ];
  return channels.filter((channel) => channel !== undefined);
}

/** Loaded only where it is used. */
async function createMailChannel(
  settings: Settings,
  to: string,
  clock: Clock,
): Promise<AlertChannel> {
  const { createAlertMail } = await import('./alert-mail.ts');
  return { name: 'mail', send: await createAlertMail(settings, to, clock) };
}

function readWebhook(path: string): string {
  const where = 'alerts.webhookFile';
  const url = readNamedFile(where, path).trim();
  if (isWebhook(url)) return url;
  // The text may be a secret, and is not shown.
  const message = `given is ${JSON.stringify(path)}; the file must hold an "https:" URL, or an "http:" one of this machine`;
  throw new ConfigError([{ where, message }]);
}

function isWebhook(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  const isHere = /^(?:localhost|127\.[\d.]+|\[::1\])$/u.test(hostname);
  return protocol === 'https:' || (protocol === 'http:' && isHere);
}

/** Runs a program of the operator's without a shell; resolves to what went wrong. */
function runAlertCommand(
  program: string,
  args: readonly string[],
  input: string,
  timeoutMs: number,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 65_536 } as const;
    const child = execFile(program, args, options, (error) => resolve(error?.message));
    // A program that does not read its input is no failure.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

/** Posts JSON to a webhook; resolves to what went wrong. The URL, which may be a secret, is never told. */
async function postAlert(
  url: string,
  text: string,
  timeoutMs: number,
): Promise<string | undefined> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      body: text,
      headers: { 'content-type': 'application/json' },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel();
    return response.ok ? undefined : `the webhook answered with status ${response.status}`;
  } catch (error) {
    const { code, message } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
    return `the webhook cannot be reached: ${code ?? message}`;
  }
}
