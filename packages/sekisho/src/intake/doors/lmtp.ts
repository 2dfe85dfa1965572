import type { Clock } from '../../io/clock/index.ts';
import {
  createLmtpServer,
  type LmtpLimits,
  type LmtpMessage,
  type LmtpReply,
  type LmtpServer,
} from '../../io/lmtp/index.ts';
import type { Acceptance, Acceptor } from '../accept/acceptor.ts';
import { type DoorReport, reportAcceptance, reportTooLarge } from './door-report.ts';

export interface LmtpDoorOptions extends DoorReport {
  readonly acceptor: Acceptor;
  readonly clock: Clock;
  /** Addresses that mail is taken for, in any case; absent, for all. */
  readonly recipients?: readonly string[];
  /**
   * What becomes of a message without a report. `discard` (default) takes and drops it: a mailbox named in the DNS gets
   * spam, and a refusal behind the MTA is sent to whoever was forged as its sender. `refuse` answers 554 5.6.0.
   */
  readonly withoutReport?: 'discard' | 'refuse';
  readonly limits?: Partial<LmtpLimits>;
}

/**
 * Takes reports from an MTA by LMTP. What claims to be a report and cannot be used is taken all the same: it is kept
 * to be looked at, and the reporter can do nothing about a bounce.
 */
export function createLmtpDoor(options: LmtpDoorOptions): Promise<LmtpServer> {
  const { acceptor, clock, log, withoutReport = 'discard', limits } = options;
  const receive = async ({ bytes, sender }: LmtpMessage): Promise<LmtpReply> => {
    const acceptance = await acceptor.acceptMessage({ channel: 'lmtp', bytes });
    reportAcceptance(options, 'lmtp', sender, acceptance);
    return toReply(acceptance, withoutReport);
  };
  const wanted = options.recipients?.map((address) => address.toLowerCase());
  return createLmtpServer({
    ...limits,
    largestBytes: acceptor.largestBytes,
    ...(wanted !== undefined && {
      isRecipient: (address) => wanted.includes(address.toLowerCase()),
    }),
    receive,
    onTooLarge: () => reportTooLarge(options, 'lmtp', '', acceptor.largestBytes),
    clock,
    log,
  });
}

function toReply(acceptance: Acceptance, withoutReport: 'discard' | 'refuse'): LmtpReply {
  switch (acceptance.kind) {
    case 'stored':
      return { code: 250, text: 'report stored' };
    case 'duplicate':
      return { code: 250, text: 'report was here before' };
    case 'refused':
      return { code: 250, text: 'report cannot be used, kept to be looked at' };
    case 'not-a-report':
      return withoutReport === 'discard'
        ? { code: 250, text: 'no report in it, dropped' }
        : { code: 554, text: 'no TLS report in the message' };
    case 'later':
      return { code: 451, text: 'try again later' };
  }
}
