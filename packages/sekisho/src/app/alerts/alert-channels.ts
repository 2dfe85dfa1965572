import type { Clock } from '../../io/clock/index.ts';
import { runCommand } from '../../io/command/index.ts';
import { escapeText } from '../../io/log/index.ts';
import { ConfigError } from '../config/config-error.ts';
import type { Settings } from '../config/index.ts';
import { readNamedFile } from '../report/named-file.ts';
import { type AlertRole, formatAlert, type ToldAlert } from './format-alert.ts';

/** One way by which alerts reach somebody. */
export interface AlertChannel {
  readonly name: 'command' | 'webhook' | 'mail';
  /** Resolves to what went wrong; ends within half a minute, and at once with the signal. */
  send(alert: ToldAlert, signal: AbortSignal): Promise<string | undefined>;
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
          send: (alert, signal) =>
            runAlertCommand({ clock, program, args, signal, input: formatAlert(alert, role) }),
        },
    url === undefined
      ? undefined
      : {
          name: 'webhook',
          send: (alert, signal) => postAlert(url, formatAlert(alert, role), signal),
        },
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
  const send = await createAlertMail(settings, to, clock);
  return {
    name: 'mail',
    // A mail server may have minutes for a report; an alert is tried again sooner.
    send: (alert, signal) =>
      send(alert, AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])),
  };
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

/** Runs a program of the operator's; resolves to what went wrong. */
async function runAlertCommand(
  run: Omit<Parameters<typeof runCommand>[0], 'timeoutMs'>,
): Promise<string | undefined> {
  const end = await runCommand({ ...run, timeoutMs: TIMEOUT_MS });
  switch (end.kind) {
    case 'exited':
      return end.code === 0 ? undefined : `${run.program} ended with ${describeExit(end)}`;
    case 'killed':
      return `${run.program} was ended by ${end.signal}`;
    case 'timeout':
      return `${run.program} did not end within ${TIMEOUT_MS / 1000} seconds, and was ended`;
    case 'aborted':
      return `${run.program} was ended with the service`;
    case 'not-started':
      return `${run.program} cannot be started: ${end.reason}`;
  }
}

const LONGEST_WORD = 200;

function describeExit(end: { readonly code: number; readonly stderr: string }): string {
  const line = end.stderr.split('\n').findLast((each) => each.trim() !== '');
  const why = line === undefined ? '' : `: ${escapeText(line.trim().slice(0, LONGEST_WORD))}`;
  return `code ${String(end.code)}${why}`;
}

/** Posts JSON to a webhook; resolves to what went wrong. The URL, which may be a secret, is never told. */
async function postAlert(
  url: string,
  body: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    await response.body?.cancel();
    return response.ok ? undefined : `the webhook answered with status ${response.status}`;
  } catch (error) {
    if ((error as Error).name === 'TimeoutError')
      return `the webhook did not answer within ${TIMEOUT_MS / 1000} seconds`;
    const { code, message } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
    return `the webhook cannot be reached: ${typeof code === 'string' ? code : message}`;
  }
}
