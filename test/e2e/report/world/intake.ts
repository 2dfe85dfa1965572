import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DrivenClock } from '../../publish/world/driven-clock.ts';
import type { Certificates } from '../../world/certificates.ts';
import type { Namespace } from '../../world/namespace.ts';
import { REPORT_DOMAIN, REPORT_HOST } from './addresses.ts';
import { type Service, startService } from './service.ts';

export const LMTP_ADDRESS = '127.0.0.1:8469';

/** The Sekisho that gets the reports: by LMTP, and by HTTPS at the report host. */
export async function startIntake(
  internet: Namespace,
  folder: string,
  certificates: Certificates,
  clock: DrivenClock,
): Promise<Service> {
  mkdirSync(folder, { recursive: true });
  const pemFile = join(folder, 'https.pem');
  certificates.issue(pemFile, { dnsNames: [REPORT_DOMAIN] });
  const configFile = join(folder, 'sekisho.yaml');
  writeFileSync(configFile, configuration(folder, pemFile));
  const { environment } = clock;
  const logFile = join(folder, 'intake.log');
  return startService(internet, { what: ['intake', 'serve'], configFile, logFile, environment });
}

function configuration(folder: string, pemFile: string): string {
  return `stateDirectory: ${join(folder, 'state')}
dns:
  servers: ["127.0.0.1"]
intake:
  domains: [lab.test]
  listen:
    lmtp: ["${LMTP_ADDRESS}"]
    post: "${REPORT_HOST}:443"
  post:
    certificateFile: ${pemFile}
    keyFile: ${pemFile}
log:
  level: debug
  format: json
`;
}
