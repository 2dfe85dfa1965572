import { createCertificateAuthority, type IssuedCertificate } from '../peers/certificates.ts';
import { type DnsServer, startDnsServer } from '../peers/dns-server.ts';

/** The domain whose policy is changed while its publisher is killed. */
export const DOMAIN = 'kill.test';

/** What outlives every publisher: the DNS, its zone, and a certificate that everybody trusts. */
export interface Outside {
  readonly dns: DnsServer;
  readonly certificate: IssuedCertificate;
  readonly rootFile: string;
  readonly rootPem: string;
  /** The text at `_mta-sts.DOMAIN`; undefined: there is none. */
  readTxt(): string | undefined;
  writeTxt(text: string | undefined): void;
  close(): Promise<void>;
}

export async function createOutside(): Promise<Outside> {
  const dns = await startDnsServer();
  const authority = createCertificateAuthority();
  const name = `_mta-sts.${DOMAIN}`;
  let txt: string | undefined;
  dns.set(DOMAIN, 'MX', [
    { preference: 10, exchange: `mx1.${DOMAIN}` },
    { preference: 20, exchange: `mx2.${DOMAIN}` },
  ]);
  dns.set(`mta-sts.${DOMAIN}`, 'A', ['127.0.0.1']);
  return {
    dns,
    certificate: authority.issue({ dnsNames: [`mta-sts.${DOMAIN}`] }),
    rootFile: authority.rootFile,
    rootPem: authority.rootPem,
    readTxt: () => txt,
    writeTxt(text) {
      txt = text;
      if (text === undefined) dns.remove(name, 'TXT');
      else dns.set(name, 'TXT', [text], { ttlSeconds: 1 });
    },
    close: () => dns.close(),
  };
}
