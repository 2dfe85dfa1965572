import type { Clock } from '../../io/clock/index.ts';
import type { Resolver } from '../../io/dns/index.ts';
import type { DkimSigner } from '../../io/dkim-sign/index.ts';
import type { MailOut } from '../../io/mail-out/index.ts';
import {
  createMailCarrier,
  createPostCarrier,
  type ReportCarrier,
  SIGNED_FIELDS,
} from '../../report/index.ts';
import { ConfigError } from '../config/config-error.ts';
import type { Settings } from '../config/index.ts';
import { readNamedFile } from './named-file.ts';
import { machineName, type Submitter } from './submitter.ts';

export interface SettledCarriersParts {
  readonly settings: Settings;
  readonly submitter: Submitter;
  readonly clock: Clock;
  readonly resolver: Resolver;
}

/** What carries reports, as the settings want it. */
export interface SettledCarriers {
  readonly mailto: ReportCarrier;
  readonly https: ReportCarrier;
  readonly signer: DkimSigner | undefined;
}

/** @throws ConfigError when a file or a key cannot be used. */
export async function createSettledCarriers(parts: SettledCarriersParts): Promise<SettledCarriers> {
  const { settings, submitter, clock } = parts;
  const signer = await createSettledSigner(settings, submitter);
  const mail = createMailCarrier({
    clock,
    mailOut: await createSettledMailOut(settings, clock),
    from: submitter.contact,
    ...(signer === undefined ? {} : { signer }),
  });
  return {
    mailto: inTheNameOf(submitter, mail),
    https: inTheNameOf(submitter, await createSettledPost(parts)),
    signer,
  };
}

/** A report that was made in another name is not sent in ours: its receivers would refuse it (RFC 8460 §5.3). */
function inTheNameOf({ domain }: Submitter, carrier: ReportCarrier): ReportCarrier {
  return {
    async carry(parcel, options) {
      const [, maker = ''] = parcel.reportId.split('@');
      if (maker === domain) return carrier.carry(parcel, options);
      return { kind: 'refused', problem: `report was made as ${maker}, must be ${domain}` };
    },
  };
}

async function createSettledSigner(
  { report }: Settings,
  { domain }: Submitter,
): Promise<DkimSigner | undefined> {
  const { keyFile, selector } = report.dkim;
  if (keyFile === undefined || selector === undefined) return undefined;
  const privateKeyPem = readNamedFile('report.dkim.keyFile', keyFile);
  const { createDkimSigner } = await import('../../io/dkim-sign/index.ts');
  try {
    return createDkimSigner({ domain, selector, privateKeyPem, signedFields: SIGNED_FIELDS });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ConfigError([{ where: 'report.dkim', message: error.message }]);
  }
}

/** The operator's own mail server. @throws ConfigError when a file cannot be read. */
export async function createSettledMailOut({ report }: Settings, clock: Clock): Promise<MailOut> {
  const { sendmail, host, port, tls, caFile, user, passwordFile, heloName } = report.mail;
  const mail = await import('../../io/mail-out/index.ts');
  if (sendmail !== undefined) return mail.createSendmailMailOut({ clock, program: sendmail });
  const password =
    passwordFile === undefined
      ? undefined
      : readNamedFile('report.mail.passwordFile', passwordFile).trim();
  return mail.createSmtpMailOut({
    clock,
    host,
    port,
    tls,
    ehloName: heloName ?? machineName(),
    ...(caFile === undefined ? {} : { ca: [readNamedFile('report.mail.caFile', caFile)] }),
    ...(user === undefined || password === undefined ? {} : { login: { user, password } }),
  });
}

async function createSettledPost({
  settings,
  clock,
  resolver,
}: SettledCarriersParts): Promise<ReportCarrier> {
  const { enabled, unverifiedFallback, timeoutMs } = settings.report.post;
  if (!enabled)
    return {
      carry: async () => ({ kind: 'refused', problem: 'report.post.enabled is false' }),
    };
  const { allowedAddresses, proxy, noProxy, caFile } = settings.https;
  const { createReportPost } = await import('../../io/report-post/index.ts');
  const reportPost = createReportPost({
    clock,
    resolver,
    allowedAddresses,
    deadlineMs: timeoutMs,
    acceptsInvalidCertificates: unverifiedFallback,
    ...(caFile === undefined ? {} : { ca: [readNamedFile('https.caFile', caFile)] }),
    ...(proxy === undefined || proxy === 'off' ? {} : { proxy, noProxy }),
  });
  return createPostCarrier({ reportPost });
}
