import { type CertificateAuthority, createCertificateAuthority } from '../peers/certificates.ts';
import { type DnsServer, startDnsServer } from '../peers/dns-server.ts';
import { whole } from '../peers/policy-answers.ts';
import { type PolicyHost, startPolicyHost } from '../peers/policy-host.ts';

/** As many names as one certificate may carry without making its handshake unlike any other. */
const NAMES_A_CERTIFICATE = 200;

/** A DNS server and a policy host on loopback, with what a daemon must be told to use them. */
export interface ClosedWorld {
  readonly dns: DnsServer;
  readonly host: PolicyHost;
  /** Environment of a daemon that lives in this world. */
  readonly environment: Readonly<Record<string, string>>;
  /** Publishes a policy: record, address, certificate and body. */
  publish(domains: readonly string[], id: string, bodyOf: (domain: string) => string): void;
  close(): Promise<void>;
}

export async function createClosedWorld(): Promise<ClosedWorld> {
  const dns = await startDnsServer();
  const host = await startPolicyHost();
  const authority: CertificateAuthority = createCertificateAuthority();
  return {
    dns,
    host,
    environment: {
      SEKISHO_DNS_SERVERS: dns.address,
      SEKISHO_HTTPS_PORT: String(host.port),
      SEKISHO_HTTPS_CA_FILE: authority.rootFile,
      SEKISHO_HTTPS_ALLOWED_ADDRESSES: '127.0.0.0/8',
    },
    publish(domains, id, bodyOf) {
      for (let first = 0; first < domains.length; first += NAMES_A_CERTIFICATE) {
        const part = domains.slice(first, first + NAMES_A_CERTIFICATE);
        const certificate = authority.issue({ dnsNames: part.map((name) => `mta-sts.${name}`) });
        for (const domain of part) {
          dns.set(`_mta-sts.${domain}`, 'TXT', [`v=STSv1; id=${id};`]);
          dns.set(`mta-sts.${domain}`, 'A', ['127.0.0.1']);
          host.serve(`mta-sts.${domain}`, certificate, whole(bodyOf(domain)));
        }
      }
    },
    async close() {
      await dns.close();
      await host.close();
    },
  };
}
