import type { ConfigProblem } from './config-error.ts';
import type { Settings } from './schema.ts';

type Report = Settings['report'];
type Finding = ConfigProblem | false;

const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1']);

/** Settings of `report` that make sense only together. */
export function findReportContradictions({ report }: Settings): readonly ConfigProblem[] {
  const { listen, log, dkim, mail } = report;
  const findings: readonly Finding[] = [
    listen.http !== 'off' &&
      listen.tokensFile === undefined && {
        where: 'report.listen.tokensFile',
        message: 'it is missing; report.listen.http takes sessions only with a token',
      },
    log.file !== undefined &&
      log.journal && {
        where: 'report.log.journal',
        message: 'given is true, and report.log.file as well; allowed is one of them',
      },
    (dkim.keyFile === undefined) !== (dkim.selector === undefined) && {
      where: `report.dkim.${dkim.keyFile === undefined ? 'keyFile' : 'selector'}`,
      message: 'it is missing; a signature needs keyFile and selector',
    },
    dkim.keyFile !== undefined &&
      report.contact === undefined && {
        where: 'report.contact',
        message: 'it is missing; report mail is signed as its domain',
      },
    ...findLogin(mail),
  ];
  return findings.filter((finding) => finding !== false);
}

function findLogin({ user, passwordFile, tls, host }: Report['mail']): readonly Finding[] {
  const isSafe = tls === 'required' || tls === 'implicit' || LOOPBACK.has(host);
  return [
    (user === undefined) !== (passwordFile === undefined) && {
      where: `report.mail.${user === undefined ? 'user' : 'passwordFile'}`,
      message: 'it is missing; to sign in needs user and passwordFile',
    },
    user !== undefined &&
      !isSafe && {
        where: 'report.mail.tls',
        message: `given is ${JSON.stringify(tls)}; a password goes only over "required" or "implicit"`,
      },
  ];
}
