import type { KeyObject } from 'node:crypto';
import type { Clock } from '../clock/index.ts';
import { createAccount, readLocation } from './account.ts';
import type { AcmeClient } from './acme-client.ts';
import { AcmeFault, toAcmeResult } from './problem.ts';
import { type Conversation, createAcmeTransport, createConversation } from './conversation.ts';
import { bindExternalAccount, publicJwk } from './jws.ts';
import { type AcmeDirectory, readRenewalInfo } from './resources.ts';

export interface AcmeClientOptions {
  /** The authority's directory; https. */
  readonly directoryUrl: string;
  /** Whether the operator agrees to the authority's terms of service. Default `false`. */
  readonly acceptTerms?: boolean;
  /** `mailto:` URIs that the authority may write to. */
  readonly contact?: readonly string[];
  /** External account binding (RFC 8555 §7.3.4). */
  readonly externalAccount?: { readonly keyId: string; readonly macKey: Buffer };
  /** PEM texts that replace the default trust store, for an authority of one's own. */
  readonly ca?: readonly string[];
  /** For one request with its answer. Default 30000. */
  readonly deadlineMs?: number;
  readonly clock: Clock;
}

/**
 * The real client (RFC 8555, RFC 9773). Nothing is sent before the first call.
 *
 * @throws TypeError when the directory is no https URL, or `ca` holds no certificate.
 */
export function createAcmeClient(options: AcmeClientOptions): AcmeClient {
  const { directoryUrl, clock, ca, deadlineMs = 30_000 } = options;
  if (URL.parse(directoryUrl)?.protocol !== 'https:')
    throw new TypeError(`Cannot use ACME directory "${directoryUrl}": must be an https URL`);
  const transport = createAcmeTransport({ clock, ca, deadlineMs });
  const conversation = createConversation(directoryUrl, transport, clock);
  return {
    openAccount: (key) =>
      toAcmeResult(async () => {
        const url = await openAccount(key, conversation, options);
        return createAccount(url, key, conversation);
      }),
    getRenewalInfo: (certificateId) =>
      toAcmeResult(async () => {
        const { renewalInfo } = await conversation.directory();
        if (renewalInfo === undefined) return undefined;
        const answer = await conversation.get(`${renewalInfo.replace(/\/$/, '')}/${certificateId}`);
        return readRenewalInfo(answer);
      }),
    close: () => transport.close(),
  };
}

/** RFC 8555 §7.3.1: for a key that it knows already the authority gives the account that there is. */
async function openAccount(
  key: KeyObject,
  conversation: Conversation,
  { acceptTerms = false, contact = [], externalAccount }: AcmeClientOptions,
): Promise<string> {
  const directory = await conversation.directory();
  assertAgreed(directory, acceptTerms, externalAccount !== undefined);
  const jwk = publicJwk(key);
  const payload = {
    ...(acceptTerms && { termsOfServiceAgreed: true }),
    ...(contact.length > 0 && { contact }),
    ...(externalAccount !== undefined && {
      externalAccountBinding: bindExternalAccount(externalAccount, directory.newAccount, jwk),
    }),
  };
  const answer = await conversation.post(directory.newAccount, { key, as: { jwk } }, payload);
  return readLocation(answer, 'the account');
}

function assertAgreed(directory: AcmeDirectory, acceptTerms: boolean, isBound: boolean): void {
  const { termsOfService, externalAccountRequired } = directory;
  if (termsOfService !== undefined && !acceptTerms)
    throw new AcmeFault('terms-not-accepted', `the authority has terms: ${termsOfService}`);
  if (externalAccountRequired && !isBound)
    throw new AcmeFault('external-account', 'the authority wants an external account binding');
}
