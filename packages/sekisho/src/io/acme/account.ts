import type { KeyObject } from 'node:crypto';
import { X509Certificate } from 'node:crypto';
import type { AcmeAccount } from './acme-client.ts';
import { AcmeFault, toAcmeResult } from './problem.ts';
import type { Answer, Conversation } from './conversation.ts';
import { publicJwk, thumbprint } from './jws.ts';
import { readAuthorization, readOrder } from './resources.ts';

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const LONGEST_CHAIN = 10;

/** The calls of an account that has been found or made (RFC 8555 §7.4, §7.5). */
export function createAccount(
  url: string,
  key: KeyObject,
  conversation: Conversation,
): AcmeAccount {
  const keyHash = thumbprint(publicJwk(key));
  const post = (to: string, payload?: unknown, accept?: string): Promise<Answer> =>
    conversation.post(to, { key, as: { kid: url } }, payload, accept);
  return {
    url,
    keyAuthorization: (token) => `${token}.${keyHash}`,
    createOrder: (hostName, { replaces } = {}) =>
      toAcmeResult(async () => {
        const { newOrder, renewalInfo } = await conversation.directory();
        const answer = await post(newOrder, {
          identifiers: [{ type: 'dns', value: hostName }],
          ...(replaces !== undefined && renewalInfo !== undefined && { replaces }),
        });
        return readOrder(readLocation(answer, 'the order'), answer);
      }),
    getOrder: (orderUrl) => toAcmeResult(async () => readOrder(orderUrl, await post(orderUrl))),
    getAuthorization: (to) => toAcmeResult(async () => readAuthorization(await post(to))),
    answerChallenge: (to) =>
      toAcmeResult(async () => {
        await post(to, {});
      }),
    finalize: (order, csr) =>
      toAcmeResult(async () => {
        const answer = await post(order.finalizeUrl, { csr: csr.toString('base64url') });
        return readOrder(order.url, answer);
      }),
    download: (to) =>
      toAcmeResult(async () =>
        readChain((await post(to, undefined, 'application/pem-certificate-chain')).body),
      ),
  };
}

/**
 * Where the authority keeps what it made (RFC 8555 §7.3, §7.4).
 *
 * @throws AcmeFault `malformed`.
 */
export function readLocation({ location }: Answer, what: string): string {
  const url = URL.parse(location ?? '');
  if (url?.protocol === 'https:' && url.href.length <= 2000) return url.href;
  throw new AcmeFault('malformed', `the answer does not say where ${what} is`);
}

/** Keeps the certificates alone: what a file holds that is shown to everybody should hold nothing else. */
function readChain(text: string): string {
  const certificates = text.match(PEM_CERTIFICATE) ?? [];
  if (certificates.length === 0 || certificates.length > LONGEST_CHAIN)
    throw new AcmeFault('malformed', `the chain holds ${certificates.length} certificates`);
  return certificates.map(readCertificate).join('');
}

function readCertificate(pem: string): string {
  try {
    return new X509Certificate(pem).toString();
  } catch {
    throw new AcmeFault('malformed', 'the chain holds what is no certificate');
  }
}
