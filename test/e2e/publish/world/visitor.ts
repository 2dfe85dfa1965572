import type { Namespace } from '../../world/namespace.ts';

/** What somebody far away gets who asks for a domain's policy. */
export type Visit =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: string;
      /** Serial number of the certificate. */
      readonly serial: string;
    }
  /** No certificate for that name, no connection, not trusted. */
  | { readonly kind: 'failure'; readonly code: string };

/** Fetches a domain's policy from a namespace by the public name, trusting `caFile` alone. */
export function visit(from: Namespace, domain: string, caFile: string): Visit {
  const url = `https://mta-sts.${domain}/.well-known/mta-sts.txt`;
  const node = [process.execPath, '--input-type=module', '--eval', PROGRAM, url, caFile];
  return JSON.parse(from.run(node)) as Visit;
}

/** Without a cache and by the true time, which no certificate of this world outlives. */
const PROGRAM = `
import { readFileSync } from 'node:fs';
import { get } from 'node:https';
const [url, caFile] = process.argv.slice(1);
const say = (visit) => console.log(JSON.stringify(visit));
get(url, { ca: readFileSync(caFile), timeout: 5000 }, (response) => {
  const { serialNumber: serial } = response.socket.getPeerCertificate();
  let body = '';
  response.on('data', (chunk) => { body += chunk; });
  response.on('end', () => say({ kind: 'answer', status: response.statusCode, body, serial }));
}).on('error', ({ code }) => say({ kind: 'failure', code }));
`;
