import { join } from 'node:path';
import { type ServiceProcess, startService } from './service-process.ts';

/** `sekisho intake serve` as built, and where it takes reports. */
export interface IntakeProcess extends ServiceProcess {
  readonly lmtpPath: string;
  readonly postPath: string;
}

/** Doors are Unix sockets in the state directory. */
export async function startIntake(
  directory: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<IntakeProcess> {
  const lmtpPath = join(directory, 'lmtp');
  const postPath = join(directory, 'post');
  const service = await startService('intake', {
    directory,
    environment: {
      SEKISHO_INTAKE_LISTEN_LMTP: `unix:${lmtpPath}`,
      SEKISHO_INTAKE_LISTEN_POST: `unix:${postPath}`,
      SEKISHO_INTAKE_POST_PER_MINUTE: '1000000',
      ...environment,
    },
  });
  return Object.assign(service, { lmtpPath, postPath });
}
