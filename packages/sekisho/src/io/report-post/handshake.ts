import type { Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { Domain } from '@sekisho/spec';
import { type Attempt, type createTrust, toSocketFault } from '../https/index.ts';

/** A connection after its handshake, and what is wrong with the certificate. */
export interface SecuredSocket {
  readonly tls: TLSSocket;
  /** OpenSSL's or Node's code; undefined when the certificate is valid for the host. */
  readonly certificateProblem: string | undefined;
}

/**
 * Performs TLS with a collector. Whether its certificate is good enough is for the caller to say, before anything is
 * sent: a report may go to one whose certificate is not (RFC 8460 §3).
 *
 * @throws FetchFault when there is no TLS.
 */
export async function secure(
  socket: Socket,
  host: Domain,
  secureContext: ReturnType<typeof createTrust>,
  attempt: Attempt,
): Promise<SecuredSocket> {
  attempt.stage = 'tls';
  const tls = attempt.hold(
    connect({
      socket,
      servername: host,
      secureContext,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: false,
    }),
  );
  await new Promise<void>((resolve, reject) => {
    // Stays for the life of the socket: an error after the handshake would otherwise end the process.
    tls.on('error', (error) => reject(toSocketFault(error)));
    tls.once('secureConnect', resolve);
  });
  // Node keeps a code here, whatever its types say.
  const certificateProblem = tls.authorized ? undefined : String(tls.authorizationError);
  return { tls, certificateProblem };
}
