import type { ReportAlert } from '../../intake/index.ts';
import type { Clock } from '../../io/clock/index.ts';
import type { Log } from '../../io/log/index.ts';
import { ConfigError } from '../config/config-error.ts';
import type { Settings } from '../config/index.ts';
import { runAlertCommand } from '../publish/alert-command.ts';
import { readNamedFile } from '../report/named-file.ts';
import { postAlert } from './post-alert.ts';

/** Tells one alert; rejects with what went wrong. */
export type TellAlert = (alert: ReportAlert) => Promise<void>;

const TIMEOUT_MS = 30_000;
const none: Promise<string | undefined> = Promise.resolve(undefined);

/** Tells alerts to the log, and to all that the settings name. @throws ConfigError for a file that cannot be used. */
export async function createTellAlert(
  settings: Settings,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Promise<TellAlert> {
  const { command, webhookFile, mailTo } = settings.intake.alerts;
  const [program, ...args] = command;
  const url = webhookFile === undefined ? undefined : readWebhook(webhookFile);
  const mail = mailTo === undefined ? undefined : await prepareMail(settings, mailTo, clock);
  return async (alert) => {
    tellLog(alert, log);
    const text = `${JSON.stringify({ version: 1, at: new Date(clock.now()).toISOString(), ...levelOf(alert), ...alert })}\n`;
    const told = await Promise.all([
      program === undefined ? none : runAlertCommand(program, args, text, TIMEOUT_MS),
      url === undefined ? none : postAlert(url, text, TIMEOUT_MS),
      mail?.(alert) ?? none,
    ]);
    const problems = told.filter((problem) => problem !== undefined);
    if (problems.length > 0) throw new Error(problems.join('; '));
  };
}

/** Loaded only where it is used. */
async function prepareMail(settings: Settings, to: string, clock: Clock) {
  const { createAlertMail } = await import('./alert-mail.ts');
  return createAlertMail(settings, to, clock);
}

function levelOf({ kind, severity }: ReportAlert) {
  const raised = severity === 'error' ? 'error' : 'warn';
  return { level: kind === 'over' ? 'info' : raised, event: 'TLS reports' } as const;
}

function tellLog(alert: ReportAlert, log: Log): void {
  const { level, event } = levelOf(alert);
  const { code, kind, domain, submitter, message, remedy } = alert;
  log[level](event, { code, kind, domain, submitter, message, remedy });
}

function readWebhook(path: string): string {
  const where = 'intake.alerts.webhookFile';
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
