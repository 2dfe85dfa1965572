import type { PemPair } from '../key-files/index.ts';
import type { ServerTls, TlsCertificate } from './server-tls.ts';

/** A certificate that tells what became of it. */
export interface FakeCertificate extends TlsCertificate {
  readonly pair: PemPair;
  readonly isReleased: boolean;
}

/** Takes every pair, and speaks with nobody. */
export function createFakeServerTls(): ServerTls {
  return {
    prepare(pair): FakeCertificate {
      let isReleased = false;
      return {
        pair,
        get isReleased() {
          return isReleased;
        },
        release: () => void (isReleased = true),
      };
    },
    serve() {
      throw new TypeError('nothing is served here');
    },
  };
}
