import { gzipSync } from 'node:zlib';
import type { Clock } from '../../io/clock/index.ts';
import type { DkimSigner } from '../../io/dkim-sign/index.ts';
import { IoError } from '../../io/error.ts';
import type { MailOut } from '../../io/mail-out/index.ts';
import type { ReportPost } from '../../io/report-post/index.ts';
import type { CarryOptions, CarryResult, ReportCarrier, ReportParcel } from './carrier.ts';
import { type MailAddress, parseMailAddress, parseMailtoUri } from './mail-address.ts';
import { buildReportMessage } from './report-message.ts';

/**
 * Carries, and speaks last: waits for a commit that is still under way when carrying has ended, and rejects with its
 * error, so that the caller never acts on a result while its own note of the commit is being written.
 */
async function carryCommitted(
  { beforeCommit }: CarryOptions,
  carry: (beforeCommit: () => Promise<void>) => Promise<CarryResult>,
): Promise<CarryResult> {
  let commit: Promise<void> | undefined;
  const result = await carry(() => {
    // In a promise also where it throws at once.
    commit = Promise.resolve().then(beforeCommit);
    return commit;
  });
  await commit;
  return result;
}

export interface MailCarrierOptions {
  readonly clock: Clock;
  readonly mailOut: MailOut;
  /**
   * The author's address, in ASCII. Its domain is the submitter: it has to be the one of the report's `contact-info`
   * (RFC 8460 §5.3) and the one that signs.
   */
  readonly from: string;
  /** Signs as that domain; without one, signing is left to the mail server, and RFC 8460 §3 asks that somebody does. */
  readonly signer?: DkimSigner;
  /** Sends with the null sender, so that nothing ever bounces; default false: bounces go to `from`. */
  readonly usesNullSender?: boolean;
}

/**
 * Makes the carrier for `mailto` destinations (RFC 8460 §5.3).
 *
 * @throws TypeError when `from` is no address, or when the signer signs as another domain.
 */
export function createMailCarrier(options: MailCarrierOptions): ReportCarrier {
  const { mailOut, signer, usesNullSender = false } = options;
  const from = readFrom(options);
  return {
    carry: (parcel, carryOptions) =>
      carryCommitted(carryOptions, async (beforeCommit) => {
        const to = parseMailtoUri(parcel.destination);
        if (to === undefined)
          return { kind: 'refused', problem: 'destination is not a usable mailto URI' };
        const built = await build(parcel, { ...options, from, to, signer });
        if (built.kind !== 'message') return built;
        return mailOut.handOver(
          { from: usesNullSender ? '' : from.address, to: to.address, message: built.message },
          { ...carryOptions, beforeCommit },
        );
      }),
  };
}

function readFrom({ from, signer }: MailCarrierOptions): MailAddress {
  const address = parseMailAddress(from);
  if (address === undefined)
    throw new TypeError('Cannot send reports: "from" must be an address in ASCII');
  if (signer !== undefined && signer.domain !== address.domain)
    throw new TypeError(
      `Cannot send reports: DKIM signs as ${signer.domain}, must be ${address.domain}, the domain of "from" (RFC 8460 §3)`,
    );
  return address;
}

interface BuildOptions {
  readonly clock: Clock;
  readonly from: MailAddress;
  readonly to: MailAddress;
  readonly signer: DkimSigner | undefined;
}

type Built = { readonly kind: 'message'; readonly message: Buffer } | CarryResult;

async function build(parcel: ReportParcel, options: BuildOptions): Promise<Built> {
  const date = new Date(options.clock.now());
  try {
    const message = buildReportMessage(parcel, { ...options, date });
    const signed = (await options.signer?.sign(message, date)) ?? message;
    return { kind: 'message', message: signed };
  } catch (error) {
    if (error instanceof TypeError) return { kind: 'refused', problem: error.message };
    if (error instanceof IoError) return { kind: 'later', problem: error.message };
    throw error;
  }
}

/** Makes the carrier for `https` destinations (RFC 8460 §5.4): the bare report, compressed. */
export function createPostCarrier(options: { readonly reportPost: ReportPost }): ReportCarrier {
  return {
    carry: ({ destination, json }, carryOptions) =>
      carryCommitted(carryOptions, (beforeCommit) =>
        options.reportPost.post(
          { url: destination, body: gzipSync(json), contentType: 'application/tlsrpt+gzip' },
          { ...carryOptions, beforeCommit },
        ),
      ),
  };
}
