import type { Clock } from '../../io/clock/index.ts';
import { loadServerTls, type ServerTls } from '../../io/tls/index.ts';

/**
 * TLS of the policy host. Who leaves TLS to a web server is served where OpenSSL cannot be called, too.
 *
 * @param isNeeded whether there is a listener for HTTPS.
 * @throws {IoError} `tls-unsupported` if it is needed.
 */
export async function loadTls(
  clock: Clock,
  isNeeded: boolean,
  load = loadServerTls,
): Promise<ServerTls> {
  try {
    return await load(clock);
  } catch (error) {
    if (isNeeded) throw error;
    const fail = (): never => {
      throw error;
    };
    return { prepare: fail, serve: fail };
  }
}
