import type { Exchange } from './exchange.ts';
import type { DnsFailureCode } from './resolver.ts';
import type { Response } from './response.ts';
import { formatServerAddress, type ServerAddress } from './server-address.ts';

/** A response that says NOERROR or NXDOMAIN, and who gave it. */
export interface AnsweredQuery {
  readonly kind: 'asked';
  readonly response: Response;
  readonly server: ServerAddress;
}

/** One try that gave no answer. */
export interface FailedTry {
  readonly kind: 'failed';
  readonly code: DnsFailureCode;
  /** Such as `192.0.2.1:53 answered SERVFAIL`; printable ASCII. */
  readonly text: string;
  /** The server itself said so: it is alive, and asking it again is of no use. */
  readonly final: boolean;
}

const NOERROR = 0;
export const NXDOMAIN = 3;

const RCODES: ReadonlyMap<number, { readonly name: string; readonly code: DnsFailureCode }> =
  new Map([
    [1, { name: 'FORMERR', code: 'rcode' }],
    [2, { name: 'SERVFAIL', code: 'servfail' }],
    [4, { name: 'NOTIMP', code: 'rcode' }],
    [5, { name: 'REFUSED', code: 'refused' }],
    [9, { name: 'NOTAUTH', code: 'rcode' }],
    [16, { name: 'BADVERS', code: 'rcode' }],
  ]);

/** Tells what an exchange with a server means. */
export function judgeExchange(
  server: ServerAddress,
  exchange: Exchange<Response>,
): AnsweredQuery | FailedTry {
  const address = formatServerAddress(server);
  switch (exchange.kind) {
    case 'failed':
      return {
        kind: 'failed',
        code: exchange.code,
        text: `${address} ${exchange.detail}`,
        final: false,
      };
    case 'truncated':
      return {
        kind: 'failed',
        code: 'malformed',
        text: `${address} sent a cut answer`,
        final: false,
      };
    case 'response':
      return judgeResponse(server, address, exchange.response);
  }
}

function judgeResponse(
  server: ServerAddress,
  address: string,
  response: Response,
): AnsweredQuery | FailedTry {
  const { rcode, extendedError } = response;
  if (rcode === NOERROR || rcode === NXDOMAIN) return { kind: 'asked', response, server };
  const { name, code } = RCODES.get(rcode) ?? { name: `RCODE ${rcode}`, code: 'rcode' };
  const detail = extendedError === undefined ? '' : ` (${extendedError})`;
  return { kind: 'failed', code, text: `${address} answered ${name}${detail}`, final: true };
}
