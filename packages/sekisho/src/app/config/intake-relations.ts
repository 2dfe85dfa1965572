import type { ConfigProblem } from './config-error.ts';
import type { Settings } from './schema.ts';

type Intake = Settings['intake'];
type Finding = ConfigProblem | false;

const LOOPBACK = /^(?:localhost|127\.[\d.]+|::1)$/u;

/** Settings of `intake` that make sense only together. */
export function findIntakeContradictions(settings: Settings): readonly ConfigProblem[] {
  const { intake } = settings;
  const { post, listen, keep, maildir } = intake;
  const findings: readonly Finding[] = [
    (post.certificateFile === undefined) !== (post.keyFile === undefined) && {
      where: `intake.post.${post.keyFile === undefined ? 'keyFile' : 'certificateFile'}`,
      message: 'it is missing; TLS needs certificateFile and keyFile',
    },
    post.certificateFile !== undefined &&
      listen.post === 'off' && {
        where: 'intake.listen.post',
        message: 'given is "off"; intake.post.certificateFile is for an address to listen on',
      },
    keep.rawDays > keep.detailDays && {
      where: 'intake.keep.rawDays',
      message: `given is ${String(keep.rawDays)}, allowed is at most intake.keep.detailDays, which is ${String(keep.detailDays)}`,
    },
    keep.detailDays > keep.totalDays && {
      where: 'intake.keep.detailDays',
      message: `given is ${String(keep.detailDays)}, allowed is at most intake.keep.totalDays, which is ${String(keep.totalDays)}`,
    },
    maildir.moving &&
      maildir.path === undefined && {
        where: 'intake.maildir.path',
        message: 'it is missing; intake.maildir.moving is for a Maildir',
      },
    ...findImap(intake.imap),
  ];
  return findings.filter((finding) => finding !== false);
}

function findImap(imap: Intake['imap']): readonly Finding[] {
  const { host, tls, user, passwordFile, tokenCommand, readOnly, moveTo } = imap;
  if (host === undefined) return [];
  const secrets = (passwordFile === undefined ? 0 : 1) + (tokenCommand.length > 0 ? 1 : 0);
  return [
    user === undefined && {
      where: 'intake.imap.user',
      message: 'it is missing; a mailbox is not read without signing in',
    },
    secrets !== 1 && {
      where: 'intake.imap.passwordFile',
      message:
        secrets === 0
          ? 'it is missing; to sign in needs passwordFile or tokenCommand'
          : 'given is tokenCommand as well; allowed is one of them',
    },
    tls === 'none' &&
      !LOOPBACK.test(host) && {
        where: 'intake.imap.tls',
        message: 'given is "none"; a password goes to other machines only over TLS',
      },
    moveTo !== undefined &&
      readOnly && {
        where: 'intake.imap.readOnly',
        message: 'given is true, and intake.imap.moveTo as well; allowed is one of them',
      },
  ];
}
