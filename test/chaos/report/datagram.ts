/** What libtlsrpt writes for a session with a policy of MTA-STS: about 300 bytes. */
export function sessionDatagram(domain: string, isFailure = false): Buffer {
  const failure = `"failure-details":[{"c":202,"s": "192.0.2.1","n": "mx.${domain}","h": "250-mx.${domain}\\r\\n250 STARTTLS","r": "198.51.100.7"}],"t":1,"f":1`;
  return Buffer.from(
    `{"dpv": "1","d": "${domain}","pr": "v=TLSRPTv1; rua=mailto:tlsrpt@${domain}","policies":[{"policy-type":2,` +
      `"policy-domain": "${domain}","policy-string":["version: STSv1","mode: enforce","mx: mx.${domain}","max_age: 604800"],` +
      `"mx-host":["mx.${domain}"],${isFailure ? failure : '"t":0,"f":0'}}]}`,
  );
}
