import { type ConfigWarning, isExposed } from './config-warning.ts';
import { formatListenAddress } from './listen-address.ts';
import type { Settings } from './schema.ts';

/** What of `intake` an operator should have meant. */
export function findIntakeRisks({ intake }: Settings): readonly ConfigWarning[] {
  const { listen, post, dkim, domains } = intake;
  const isPosting = listen.post !== 'off';
  const exposed = listen.lmtp.filter(isExposed).map((address) => ({
    key: 'intake.listen.lmtp',
    message: `${formatListenAddress(address)} is reachable from other machines; whoever connects can leave mail here`,
  }));
  const candidates: readonly (ConfigWarning | false)[] = [
    listen.post !== 'off' &&
      post.certificateFile === undefined &&
      isExposed(listen.post) && {
        key: 'intake.listen.post',
        message: `${formatListenAddress(listen.post)} is reachable from other machines without TLS; senders want HTTPS (RFC 8460 §5.4)`,
      },
    isPosting &&
      domains.length === 0 && {
        key: 'intake.domains',
        message: 'empty: anybody can post reports about any domain, and they are kept',
      },
    !dkim.verify && {
      key: 'intake.dkim.verify',
      message: 'no report counts for gates and alerts',
    },
    dkim.keyService === 'any' && {
      key: 'intake.dkim.keyService',
      message: 'keys that are not meant for reports count too (RFC 8460 §3)',
    },
  ];
  return [...exposed, ...candidates.filter((candidate) => candidate !== false)];
}
